"""What boxes have in common; half-open pixels [x1, y1, x2, y2]."""

from imgdiff.records import Box


def area(box: Box) -> int:
    """Pixels inside; 0 for a box turned inside out."""
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])


def shifted(box: Box, right: int, down: int) -> Box:
    """The box moved by that many pixels."""
    return box[0] + right, box[1] + down, box[2] + right, box[3] + down


def intersection(one: Box, two: Box) -> int:
    """Pixels inside both."""
    return area((max(one[0], two[0]), max(one[1], two[1]), min(one[2], two[2]), min(one[3], two[3])))


def iou(one: Box, two: Box) -> float:
    """Intersection over union, 0..1."""
    both = intersection(one, two)
    return both / (area(one) + area(two) - both) if both else 0.0
