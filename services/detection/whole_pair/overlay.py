"""One capture under two frames: image2 lies over image1 pixel by pixel, at whole numbers of pixels."""

from collections.abc import Iterable

import numpy as np

from imgdiff.images import RGB
from services.detection.evidence.content import is_same_capture
from services.detection.limits import LEAST_SHARED
from services.imaging.edges import find_edges
from services.imaging.warp import Matrix

_FEW_EDGES = 0.002  # share of pixels below which equal areas prove no overlay: one blank wall lies on any other; chosen
_UNSCALED = 0.003  # by which a matrix may scale or turn and still be a shift; chosen, not measured
Offset = tuple[int, int]
"""Columns and rows from image1 to image2."""


def find_overlay(image1: RGB, image2: RGB, transform: Matrix | None) -> Matrix | None:
    """The shift under which most pixels are equal: that of `transform`, or one that lays two corners together.

    Null without any. Images of one size have no corners to try.
    """
    offsets = [*_round(transform)] if transform is not None else _corners(image1, image2)
    for x, y in dict.fromkeys(offsets):
        shared1, shared2 = _share(image1, image2, x, y), _share(image2, image1, -x, -y)
        if min(shared1.shape[:2]) == 0 or shared1.size < LEAST_SHARED * image1.size:
            continue
        if find_edges(shared1).mean() < _FEW_EDGES:
            continue
        if is_same_capture(shared1, shared2) and is_same_capture(shared2, shared1):
            return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)
    return None


def _round(matrix: Matrix) -> Iterable[Offset]:
    if np.abs(matrix[:2, :2] - np.eye(2)).max() < _UNSCALED and np.abs(matrix[2, :2]).max() < 1e-5:
        yield round(float(matrix[0, 2])), round(float(matrix[1, 2]))


def _corners(image1: RGB, image2: RGB) -> list[Offset]:
    """Top left on top left first: pages grow downwards."""
    down, across = (image2.shape[axis] - image1.shape[axis] for axis in (0, 1))
    return [] if down == across == 0 else [(0, 0), (across, 0), (0, down), (across, down)]


def _share(image: RGB, other: RGB, x: int, y: int) -> RGB:
    """The part of `image` that `other` shows, whose pixels are x to the right and y below in it."""
    height, width = image.shape[:2]
    return np.ascontiguousarray(
        image[max(0, -y) : min(height, other.shape[0] - y), max(0, -x) : min(width, other.shape[1] - x)]
    )
