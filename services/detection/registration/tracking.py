"""Corners of one image found again in another that is roughly in place, to a tenth of a pixel."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.whole_pair import Lens
from services.imaging.arrays import Flags, Floats
from services.imaging.lens import Points, bend
from services.imaging.warp import Matrix, sample, transform_points

# Chosen on known warps of photos (tests/services/detection/registration/test_alignment.py), none measured apart.
_WINDOW = 21  # pixels of Lucas and Kanade's window
_TEXTURE = 0.15  # least eigenvalue of the gradients in normalised grey levels; flat ground has less
_RETURN = 0.5  # pixels by which a point may miss itself when tracked there and back
_LIGHT = 8.0  # sigma in pixels over which light is removed
_NOISE = 4.0  # grey levels of contrast below which it is noise and is not amplified
_MEAN, _SPREAD = 128, 40  # grey levels after normalisation
_CRITERIA = (int(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT), 20, 0.02)  # iterations, pixels


@dataclass(frozen=True)
class TrackedImage:
    """An image's normalised grey levels, uint8, and its corners."""

    levels: NDArray[np.uint8]
    corners: Points


def find_corners(grey: Floats, cell: int) -> TrackedImage:
    """Pick the best corner of every textured cell of cell x cell pixels, so that no busy part outvotes the rest."""
    levels = normalize_contrast(grey)
    return TrackedImage(levels, _pick_corners(levels, cell))


def normalize_contrast(grey: Floats) -> NDArray[np.uint8]:
    """Bring the local mean to 128 and the local standard deviation to 40, which removes light and exposure."""
    mean = cv2.GaussianBlur(grey, (0, 0), _LIGHT)
    centred = grey - mean
    spread = np.sqrt(cv2.GaussianBlur(centred * centred, (0, 0), _LIGHT)) + _NOISE
    return np.asarray((centred / spread * _SPREAD + _MEAN).clip(0, 255), dtype=np.uint8)


def _pick_corners(levels: NDArray[np.uint8], cell: int) -> Points:
    height, width = (side // cell * cell for side in levels.shape)
    strength = np.asarray(cv2.cornerMinEigenVal(levels, 5, ksize=3))[:height, :width] * 255
    blocks = strength.reshape(height // cell, cell, width // cell, cell).swapaxes(1, 2)
    cells = blocks.reshape(height // cell, width // cell, cell * cell)
    inside, strongest = cells.argmax(axis=2), cells.max(axis=2)
    rows, columns = np.nonzero(strongest > _TEXTURE)
    at = inside[rows, columns]
    return np.stack([columns * cell + at % cell, rows * cell + at // cell], axis=1).astype(np.float64)


def track_corners(
    image1: TrackedImage, levels2: NDArray[np.uint8], matrix: Matrix, halvings: int, lens: Lens | None = None
) -> tuple[Points, Points]:
    """Corners of image1 and their points in image2 near where `matrix` and the lens behind it put them.

    Each halving doubles the reach, which is about ten pixels without any.
    """
    if len(image1.corners) == 0:
        return image1.corners, image1.corners
    height, width = image1.levels.shape
    laid = np.asarray(sample(levels2, matrix, lens, (width, height), border=_MEAN), np.uint8)
    source = image1.corners.astype(np.float32).reshape(-1, 1, 2)
    there, followed = _follow(image1.levels, laid, source, halvings)
    back, followed_back = _follow(laid, image1.levels, there, halvings)
    target = transform_points(matrix, there.reshape(-1, 2).astype(np.float64))
    target = target if lens is None else bend(lens, target)
    sure = followed & followed_back & np.asarray(np.hypot(*(back - source).reshape(-1, 2).T) < _RETURN)
    rows, columns = levels2.shape
    sure &= (target > 2).all(axis=1) & (target[:, 0] < columns - 3) & (target[:, 1] < rows - 3)
    return image1.corners[sure], target[sure]


def _follow(
    levels1: NDArray[np.uint8], levels2: NDArray[np.uint8], points: Floats, halvings: int
) -> tuple[Floats, Flags]:
    """Lucas and Kanade's flow: N x 1 x 2 points of image1 in image2, and whether each was followed."""
    there, followed, _ = cv2.calcOpticalFlowPyrLK(
        levels1, levels2, points, points.copy(), winSize=(_WINDOW, _WINDOW), maxLevel=halvings, criteria=_CRITERIA
    )
    return np.asarray(there, dtype=np.float32), np.asarray(followed).ravel() > 0
