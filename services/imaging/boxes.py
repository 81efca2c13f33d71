"""Arithmetic on boxes in an image, half-open pixels [x1, y1, x2, y2]; `imgdiff.boxes` has area, overlap and IoU."""

import math

import numpy as np

from imgdiff import boxes
from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.lens import Points

Window = tuple[slice, slice]
_STEPS = 9  # points on each side of a box that a lens bends; chosen, not measured


def gap(one: Box, two: Box) -> int:
    """Chebyshev distance between two boxes in pixels; 0 when they touch or overlap."""
    across = max(one[0], two[0]) - min(one[2], two[2])
    down = max(one[1], two[1]) - min(one[3], two[3])
    return max(0, across, down)


def longest_side(box: Box) -> int:
    """The larger of width and height in pixels."""
    return max(box[2] - box[0], box[3] - box[1])


def grow(box: Box, pixels: int, shape: tuple[int, ...], share: float = 0.0) -> Box:
    """Add that many pixels plus that share of the box's size on every side, within an image of `shape`."""
    x, y = int((box[2] - box[0]) * share) + pixels, int((box[3] - box[1]) * share) + pixels
    return max(0, box[0] - x), max(0, box[1] - y), min(shape[1], box[2] + x), min(shape[0], box[3] + y)


def rescale(box: Box, across: float, down: float, width: int, height: int) -> Box:
    """Carry a box to a grid `across` and `down` times as fine, rounded outwards, never empty, in width x height."""
    x1 = min(width - 1, math.floor(box[0] * across))
    y1 = min(height - 1, math.floor(box[1] * down))
    x2 = max(x1 + 1, min(width, math.ceil(box[2] * across)))
    y2 = max(y1 + 1, min(height, math.ceil(box[3] * down)))
    return x1, y1, x2, y2


def trace(box: Box) -> Points:
    """Points along the outline of a box, N x 2, in coordinates of pixel centres."""
    x, y = (np.linspace(box[axis] - 0.5, box[axis + 2] - 0.5, _STEPS) for axis in (0, 1))
    ends = [np.stack([x, np.full(_STEPS, edge)], axis=1) for edge in (y[0], y[-1])]
    return np.concatenate([*ends, *(np.stack([np.full(_STEPS, edge), y], axis=1) for edge in (x[0], x[-1]))])


def enclose(points: Points, width: int, height: int) -> Box | None:
    """The box around points of `trace` that were carried to an image of that size; null outside of it."""
    left, top = np.maximum(0, np.rint(points.min(axis=0) + 0.5).astype(int)).tolist()
    right, bottom = np.minimum((width, height), np.rint(points.max(axis=0) + 0.5).astype(int)).tolist()
    return (left, top, right, bottom) if left < right and top < bottom else None


def window(box: Box) -> Window:
    """The box as an index of an image."""
    return slice(box[1], box[3]), slice(box[0], box[2])


def crop(image: RGB, box: Box) -> RGB:
    """The pixels of a box, as a view."""
    return image[window(box)]


def is_cut_off(box: Box, shape: tuple[int, ...]) -> bool:
    """Whether an object's box comes so near a border that part of it probably lies outside the image of `shape`."""
    return boxes.is_cut_off(box, shape[1], shape[0])
