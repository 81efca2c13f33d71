"""Tracking: where the corners of one picture lie in another that is already roughly in place, to a tenth of a pixel."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from services.detection.registration.transforms import Points, apply
from services.imaging.arrays import Floats
from services.imaging.warp import Matrix

_WINDOW = 21
_TEXTURE = 0.15  # least eigenvalue of the gradients in normalised grey levels; flat ground has less
_RETURN = 0.5  # pixels that a point may miss itself by when tracked there and back
_LIGHT = 8.0  # sigma in pixels over which light is taken out
_DAMP = 4.0  # grey levels of contrast below which it is noise and is not amplified
_CRITERIA = (int(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT), 20, 0.02)


@dataclass(frozen=True)
class Traced:
    """A picture's normalised grey levels, uint8, and its corners."""

    levels: NDArray[np.uint8]
    corners: Points


def trace(grey: Floats, cell: int) -> Traced:
    """Grey levels without their light, and the best corner of every textured cell of cell x cell pixels,

    so that no busy part of the picture outvotes the rest.
    """
    levels = normalised(grey)
    return Traced(levels, _corners(levels, cell))


def normalised(grey: Floats) -> NDArray[np.uint8]:
    """Local mean to 128, local standard deviation to 40: what light and camera do to grey levels is gone."""
    mean = cv2.GaussianBlur(grey, (0, 0), _LIGHT)
    centred = grey - mean
    spread = np.sqrt(cv2.GaussianBlur(centred * centred, (0, 0), _LIGHT)) + _DAMP
    return np.asarray((centred / spread * 40 + 128).clip(0, 255), dtype=np.uint8)


def _corners(levels: NDArray[np.uint8], cell: int) -> Points:
    height, width = (side // cell * cell for side in levels.shape)
    strength = np.asarray(cv2.cornerMinEigenVal(levels, 5, ksize=3))[:height, :width] * 255
    blocks = strength.reshape(height // cell, cell, width // cell, cell).swapaxes(1, 2)
    cells = blocks.reshape(height // cell, width // cell, cell * cell)
    inside, strongest = cells.argmax(axis=2), cells.max(axis=2)
    rows, columns = np.nonzero(strongest > _TEXTURE)
    at = inside[rows, columns]
    return np.stack([columns * cell + at % cell, rows * cell + at // cell], axis=1).astype(np.float64)


def follow(one: Traced, levels2: NDArray[np.uint8], matrix: Matrix, coarse: int) -> tuple[Points, Points]:
    """Corners of `one` and their places in the second picture near where `matrix` puts them.

    `coarse` halvings bring shifts of about ten pixels times two to that power within reach.
    """
    if len(one.corners) == 0:
        return one.corners, one.corners
    height, width = one.levels.shape
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = np.asarray(cv2.warpPerspective(levels2, matrix, (width, height), flags=flags, borderValue=128), np.uint8)
    source = one.corners.astype(np.float32).reshape(-1, 1, 2)
    there, seen = _flow(one.levels, laid, source, coarse)
    back, seen_back = _flow(laid, one.levels, there, coarse)
    target = apply(matrix, there.reshape(-1, 2).astype(np.float64))
    sure = seen & seen_back & np.asarray(np.hypot(*(back - source).reshape(-1, 2).T) < _RETURN)
    rows, columns = levels2.shape
    sure &= (target > 2).all(axis=1) & (target[:, 0] < columns - 3) & (target[:, 1] < rows - 3)
    return one.corners[sure], target[sure]


def _flow(
    one: NDArray[np.uint8], two: NDArray[np.uint8], points: Floats, coarse: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Lucas and Kanade's: N x 1 x 2 points of `one` in `two`, and whether each was followed."""
    there, seen, _ = cv2.calcOpticalFlowPyrLK(
        one, two, points, points.copy(), winSize=(_WINDOW, _WINDOW), maxLevel=coarse, criteria=_CRITERIA
    )
    return np.asarray(there, dtype=np.float32), np.asarray(seen).ravel() > 0
