"""A transform is named as simply as its matrix allows."""

import numpy as np
import pytest

from services.detection.registration.transform import name_model
from services.imaging.warp import Matrix, scaling

TURN = np.array([[0.9986, -0.0523, 14.0], [0.0523, 0.9986, -9.0], [0, 0, 1.0]])
MIRROR = np.array([[-1, 0, 511], [0, 1, 0], [0, 0, 1.0]])
TILT = np.array([[1.02, 0.03, -6.0], [-0.02, 0.99, 8.0], [6e-5, -4e-5, 1.0]])


def test_a_mirror_is_named_affine_and_no_turn() -> None:
    assert name_model(MIRROR, 512, 512) == "affine"


@pytest.mark.parametrize(
    ("matrix", "name"),
    [
        (np.eye(3), "identity"),
        (np.array([[1, 0, 5], [0, 1, -2], [0, 0, 1.0]]), "translation"),
        (TURN, "euclidean"),
        (scaling(2, 2), "affine"),
        (TILT, "homography"),
    ],
)
def test_a_matrix_is_named_by_the_simplest_model(matrix: Matrix, name: str) -> None:
    assert name_model(matrix, 512, 512) == name
