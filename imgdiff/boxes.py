"""Arithmetic on boxes [x1, y1, x2, y2] in half-open pixels."""

from collections.abc import Sequence

from imgdiff.records import Box


def area(box: Box) -> int:
    """Pixels inside; 0 for an inverted box."""
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])


def shift(box: Box, right: int, down: int) -> Box:
    """Move a box by that many pixels."""
    return box[0] + right, box[1] + down, box[2] + right, box[3] + down


def intersection(one: Box, two: Box) -> int:
    """Pixels inside both boxes."""
    return area((max(one[0], two[0]), max(one[1], two[1]), min(one[2], two[2]), min(one[3], two[3])))


def iou(one: Box, two: Box) -> float:
    """Intersection over union, 0..1."""
    both = intersection(one, two)
    return both / (area(one) + area(two) - both) if both else 0.0


def enclosing(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of them."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)
