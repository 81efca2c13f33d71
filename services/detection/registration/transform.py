"""The transform between two images, and the simplest model that describes it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from imgdiff.whole_pair import Lens
from services.detection.limits import TRUSTED_SCORE
from services.imaging.warp import Matrix, corner_shift

Model = Literal["identity", "translation", "euclidean", "affine", "homography", "lens"]
_SAME = 1 / 3  # pixels between two corners that count as one place; chosen, not measured


@dataclass(frozen=True)
class Transform:
    """A matrix from pixels of image1 to pixels of image2, its model, and the mean local ZNCC under it, -1..1.

    The score is 1 where nothing was measured: one capture, or a client that aligned the pair itself. `in_place` is
    whether the directions of edges prove that the images are registered as they are. `lens` follows the matrix.
    """

    matrix: Matrix
    model: Model
    score: float
    in_place: bool = False
    lens: Lens | None = None

    @property
    def trusted(self) -> bool:
        """Whether the two images agree under it."""
        return self.in_place or self.score >= TRUSTED_SCORE


def name_model(matrix: Matrix, width: int, height: int) -> Model:
    """The simplest model that puts the corners of width x height where the matrix does, within a third of a pixel."""
    middle = np.array([width / 2, height / 2])
    moved = (matrix @ [*middle, 1])[:2]
    shift = np.eye(3)
    shift[:2, 2] = moved - middle
    turn = np.eye(3)
    left, _, right = np.linalg.svd(matrix[:2, :2])
    turn[:2, :2] = left @ right
    turn[:2, 2] = moved - turn[:2, :2] @ middle
    flat = matrix.copy()
    flat[2] = [0, 0, 1]
    models: tuple[tuple[Model, Matrix], ...] = (
        ("identity", np.eye(3)),
        ("translation", shift),
        ("euclidean", turn),
        ("affine", flat),
    )
    for name, simple in models:
        if np.linalg.det(matrix[:2, :2]) < 0 and name != "affine":
            continue  # a mirror image is no motion
        if corner_shift(matrix, simple, width, height) < _SAME:
            return name
    return "homography"
