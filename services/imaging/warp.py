"""3x3 matrices between pixel grids, and the one warp that lays image2 over image1, also through a lens."""

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from imgdiff.whole_pair import Lens
from services.imaging.arrays import Flags, Floats
from services.imaging.lens import Points, bend

Matrix = NDArray[np.float64]
"""3x3, from pixel centres (x, y, 1) of one grid to those of another."""
Level = TypeVar("Level", np.uint8, np.float32)
_FINER = 1.3  # image2's pixels to one of image1's; cubic interpolation reads what lies between below that
_BAND = 64  # rows that are mapped at once, to bound memory
_EDGE = 5  # pixels of the square that erodes the known area: cubic interpolation reaches two pixels beyond it


def scaling(across: float, down: float) -> Matrix:
    """Pixel centres of a grid to those of one `across` and `down` times as fine."""
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]], dtype=np.float64)


def is_in_front(matrix: Matrix, width: int, height: int) -> bool:
    """Whether all of width x height stays before the viewer, none of it at or beyond the horizon."""
    return bool(np.isfinite(matrix).all() and (_corners(width, height).T @ matrix[2] > 0.1).all())


def corner_shift(one: Matrix, two: Matrix, width: int, height: int) -> float:
    """Largest distance in pixels between the images of the corners of width x height under both matrices."""
    first, second = one @ _corners(width, height), two @ _corners(width, height)
    return float(np.hypot(*(first[:2] / first[2] - second[:2] / second[2])).max())


def _corners(width: int, height: int) -> Matrix:
    return np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], dtype=np.float64).T


def warp(image2: RGB, matrix: Matrix, width: int, height: int, lens: Lens | None = None) -> tuple[RGB, Flags]:
    """Lay image2 on the grid of image1 (width x height); `matrix`, then `lens` lead from there to image2's own pixels.

    Also returns where image2 has pixels; elsewhere its border continues. Cubic: over known warps of 20 photos linear
    leaves 5.9 grey levels of difference, cubic 5.0, Lanczos 4.7 at six times the time.
    """
    if lens is None and image2.shape[:2] == (height, width) and np.array_equal(matrix, np.eye(3)):
        return image2, np.ones((height, width), bool)
    image2, down = _shrink_to_grid(image2, matrix)
    known = np.full(image2.shape[:2], 255, np.uint8)
    if lens is None:
        placed, size = down @ matrix, (width, height)
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        out = cv2.warpPerspective(image2, placed, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        seen = cv2.warpPerspective(known, placed, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    else:
        across_down = map_pixels(matrix, lens, width, height, down)
        out = cv2.remap(image2, *across_down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        seen = cv2.remap(known, *across_down, cv2.INTER_NEAREST)
    framed = cv2.copyMakeBorder(seen, 2, 2, 2, 2, cv2.BORDER_REPLICATE)
    return np.asarray(out), np.asarray(cv2.erode(framed, np.ones((_EDGE, _EDGE), np.uint8))[2:-2, 2:-2] > 0)


def sample(
    grey: NDArray[Level], matrix: Matrix, lens: Lens | None, size: tuple[int, int], border: float
) -> NDArray[Level]:
    """One channel of image2 on a grid of that width and height, linear; `border` where it has no pixels."""
    if lens is None:
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        laid = cv2.warpPerspective(grey, matrix, size, flags=flags, borderValue=border)
    else:
        laid = cv2.remap(grey, *map_pixels(matrix, lens, *size), cv2.INTER_LINEAR, borderValue=border)
    return np.asarray(laid, grey.dtype)


def map_pixels(
    matrix: Matrix, lens: Lens, width: int, height: int, down: Matrix | None = None
) -> tuple[Floats, Floats]:
    """Columns and rows, height x width, where a matrix and the lens behind it, then `down`, lead a grid's pixels."""
    places = np.empty((2, height, width), np.float32)
    for top in range(0, height, _BAND):
        rows = np.arange(top, min(height, top + _BAND), dtype=np.float64)
        points = np.stack(np.meshgrid(np.arange(width, dtype=np.float64), rows), axis=-1).reshape(-1, 2)
        there = bend(lens, transform_points(matrix, points))
        there = there if down is None else transform_points(down, there)
        places[:, top : top + len(rows)] = there.T.reshape(2, len(rows), width)
    return places[0], places[1]


def _shrink_to_grid(image2: RGB, matrix: Matrix) -> tuple[RGB, Matrix]:
    """Average image2 down to about image1's grid where it is finer, since a warp only samples; and the matrix there."""
    height, width = image2.shape[:2]
    across, down = np.hypot(matrix[0, 0], matrix[0, 1]), np.hypot(matrix[1, 0], matrix[1, 1])
    size = tuple(round(side / step) if step > _FINER else side for side, step in ((width, across), (height, down)))
    if size == (width, height) or min(size) < 1:
        return image2, np.eye(3)
    small = cv2.resize(image2, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small), scaling(size[0] / width, size[1] / height)


def transform_points(matrix: Matrix, points: Points) -> Points:
    """Carry N x 2 points through a matrix."""
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(moved[:, :2] / moved[:, 2:], dtype=np.float64)
