"""Arithmetic on boxes [x1, y1, x2, y2] in half-open pixels."""

from collections.abc import Sequence

from imgdiff.objects.places import Box
from imgdiff.whole_pair import Matrix

_BORDER = 0.015  # of the shorter side within which a box touches a border; chosen, not measured


def area(box: Box) -> int:
    """Pixels inside; 0 for an inverted box."""
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])


def shift(box: Box, right: int, down: int) -> Box:
    """Move a box by that many pixels."""
    return box[0] + right, box[1] + down, box[2] + right, box[3] + down


def grow(box: Box, pixels: int, width: int, height: int) -> Box:
    """Add that many pixels on every side, within an image of width x height."""
    left, top = max(0, box[0] - pixels), max(0, box[1] - pixels)
    return left, top, min(width, box[2] + pixels), min(height, box[3] + pixels)


def intersection(one: Box, two: Box) -> int:
    """Pixels inside both boxes."""
    return area((max(one[0], two[0]), max(one[1], two[1]), min(one[2], two[2]), min(one[3], two[3])))


def iou(one: Box, two: Box) -> float:
    """Intersection over union, 0..1."""
    both = intersection(one, two)
    return both / (area(one) + area(two) - both) if both else 0.0


def is_cut_off(box: Box, width: int, height: int) -> bool:
    """Whether an object's box comes so near a border of its image that part of it probably lies outside."""
    near = max(2, round(_BORDER * min(width, height)))
    return box[0] < near or box[1] < near or box[2] > width - near or box[3] > height - near


def enclosing(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of them."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def project(box: Box, matrix: Matrix, width: int, height: int) -> Box | None:
    """The box around `box` in an image of width x height to whose pixel centres `matrix` leads; null outside of it."""
    edges = box[0] - 0.5, box[1] - 0.5, box[2] - 0.5, box[3] - 0.5
    points = [_map(matrix, x, y) for x in edges[::2] for y in edges[1::2]]
    if None in points:
        return None
    across, down = zip(*(point for point in points if point is not None), strict=True)
    left, top = max(0, round(min(across) + 0.5)), max(0, round(min(down) + 0.5))
    right, bottom = min(width, round(max(across) + 0.5)), min(height, round(max(down) + 0.5))
    return (left, top, right, bottom) if left < right and top < bottom else None


def _map(matrix: Matrix, x: float, y: float) -> tuple[float, float] | None:
    """Where a point goes; null behind the viewer."""
    across, down, depth = (row[0] * x + row[1] * y + row[2] for row in matrix)
    return (across / depth, down / depth) if depth > 0 else None
