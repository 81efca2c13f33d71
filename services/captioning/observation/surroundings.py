"""What else the detections around a region tell: how many things of one kind it holds, and what lies beside it."""

from collections.abc import Sequence

from imgdiff.boxes import area, intersection
from imgdiff.records import Box
from services.networks.detector import DetectedObject

_COUNTED = 0.4  # score of a thing that is counted
_BESIDE = 0.75  # of a neighbour that is named
_INSIDE = 0.7  # share of a thing that lies in the region it is counted for
_PART = 0.8  # share of the region at which a thing fills it alone
_COVERED = 0.5  # of the region by the things that are counted
_NEAR = 0.5  # gap to a neighbour, as a share of the region's longer side


def several(around: Sequence[DetectedObject], box: Box) -> tuple[str, int, float] | None:
    """The one noun of at least two things that fill the region, how many there are, and the least score; else null."""
    parts = [one for one in around if one.score >= _COUNTED and _share(one.box, box) >= _INSIDE]
    parts = [one for one in parts if area(one.box) < _PART * area(box)]
    if len(parts) < 2 or len({one.label for one in parts}) > 1:
        return None
    if sum(intersection(one.box, box) for one in parts) < _COVERED * area(box):
        return None
    return parts[0].label, len(parts), min(one.score for one in parts)


def neighbour(around: Sequence[DetectedObject], box: Box) -> DetectedObject | None:
    """The surest thing that lies beside the region and not in it."""
    reach = _NEAR * max(box[2] - box[0], box[3] - box[1])
    beside = [one for one in around if one.score >= _BESIDE and not intersection(one.box, box)]
    return max((one for one in beside if _gap(one.box, box) <= reach), key=lambda one: one.score, default=None)


def _share(part: Box, whole: Box) -> float:
    return intersection(part, whole) / area(part)


def _gap(one: Box, other: Box) -> float:
    across = max(one[0] - other[2], other[0] - one[2], 0)
    down = max(one[1] - other[3], other[1] - one[3], 0)
    return float(max(across, down))
