"""Surroundings: how many things of one kind a region holds, and what is next to it, from the detections around it."""

from collections.abc import Sequence

from imgdiff.boxes import area, intersection
from imgdiff.records import Box
from services.captioning.limits import (
    COUNTED_SCORE,
    COVERED_REGION,
    FILLS_REGION,
    INSIDE_REGION,
    NEIGHBOUR_GAP,
    NEIGHBOUR_SCORE,
)
from services.imaging.boxes import gap, longest_side
from services.networks.detector import DetectedObject


def count_things(around: Sequence[DetectedObject], box: Box) -> tuple[str, int, float] | None:
    """Noun, number and least score of two or more things of one kind that fill the region; null for anything else."""
    parts = [one for one in around if one.score >= COUNTED_SCORE and _share(one.box, box) >= INSIDE_REGION]
    parts = [one for one in parts if area(one.box) < FILLS_REGION * area(box)]
    if len(parts) < 2 or len({one.label for one in parts}) > 1:
        return None
    if sum(intersection(one.box, box) for one in parts) < COVERED_REGION * area(box):
        return None
    return parts[0].label, len(parts), min(one.score for one in parts)


def find_neighbour(around: Sequence[DetectedObject], box: Box) -> DetectedObject | None:
    """The surest thing next to the region; null without one."""
    reach = NEIGHBOUR_GAP * longest_side(box)
    beside = [one for one in around if one.score >= NEIGHBOUR_SCORE and not intersection(one.box, box)]
    return max((one for one in beside if gap(one.box, box) <= reach), key=lambda one: one.score, default=None)


def _share(part: Box, whole: Box) -> float:
    return intersection(part, whole) / area(part)
