"""Boxes and 3x3 maps between pixel grids, without pixels; boxes are half-open [x1, y1, x2, y2]."""

import math

import numpy as np
from numpy.typing import NDArray

from imgdiff.records import Box

Map = NDArray[np.float64]


def gap(one: Box, two: Box) -> int:
    """Chebyshev distance between two boxes in pixels; 0 when they touch or overlap."""
    across = max(one[0], two[0]) - min(one[2], two[2])
    down = max(one[1], two[1]) - min(one[3], two[3])
    return max(0, across, down)


def union(one: Box, two: Box) -> Box:
    """The smallest box around both."""
    return min(one[0], two[0]), min(one[1], two[1]), max(one[2], two[2]), max(one[3], two[3])


def padded(box: Box, pad: int, width: int, height: int) -> Box:
    """Grown by `pad` on every side, cut at the image."""
    return max(0, box[0] - pad), max(0, box[1] - pad), min(width, box[2] + pad), min(height, box[3] + pad)


def rescaled(box: Box, across: float, down: float, width: int, height: int) -> Box:
    """The box on a grid `across` and `down` times as fine, rounded outwards, never empty, inside width x height."""
    x1 = min(width - 1, math.floor(box[0] * across))
    y1 = min(height - 1, math.floor(box[1] * down))
    return (
        x1,
        y1,
        max(x1 + 1, min(width, math.ceil(box[2] * across))),
        max(y1 + 1, min(height, math.ceil(box[3] * down))),
    )


def scaling(across: float, down: float) -> Map:
    """Pixel centres of a grid to those of one `across` and `down` times as fine."""
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]], dtype=np.float64)


def faces(matrix: Map, width: int, height: int) -> bool:
    """Whether the whole of width x height lies before the viewer under a map, none of it at or beyond the horizon."""
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], dtype=np.float64)
    return bool(np.isfinite(matrix).all() and (corners @ matrix[2] > 0.1).all())


def corner_shift(one: Map, two: Map, width: int, height: int) -> float:
    """Largest distance in pixels between the images of the corners of width x height under both maps."""
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], dtype=np.float64).T
    first, second = one @ corners, two @ corners
    return float(np.hypot(*(first[:2] / first[2] - second[:2] / second[2])).max())
