"""The transform is found by evidence and named as simply as the evidence allows."""

import cv2
import numpy as np
import pytest

from imgdiff.images import RGB
from services.detection.alignment import align, name_of
from services.detection.geometry import Map, corner_shift, scaling

TURN = np.array([[0.9986, -0.0523, 14.0], [0.0523, 0.9986, -9.0], [0, 0, 1.0]])
TILT = np.array([[1.02, 0.03, -6.0], [-0.02, 0.99, 8.0], [6e-5, -4e-5, 1.0]])


def _nothing() -> None:
    return None


@pytest.mark.parametrize("matrix", [TURN, TILT])
def test_a_known_warp_is_found(photo: RGB, matrix: Map) -> None:
    warped = cv2.warpPerspective(photo, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    found = align(photo, np.asarray(warped, np.uint8), _nothing)
    assert corner_shift(found.matrix, matrix, 512, 512) < 1.5
    assert found.trusted


def test_another_resolution_is_a_scaling(photo: RGB) -> None:
    smaller = cv2.resize(photo, (256, 384), interpolation=cv2.INTER_AREA)
    found = align(photo, np.asarray(smaller, np.uint8), _nothing)
    assert corner_shift(found.matrix, scaling(0.5, 0.75), 512, 512) < 1
    assert found.model == "affine"


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
def test_a_matrix_is_named_by_the_simplest_model(matrix: Map, name: str) -> None:
    assert name_of(matrix, 512, 512) == name
