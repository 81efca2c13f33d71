"""Overlapping proposals: the most different one stays, whatever order they were found in (paper, section 15.3)."""

from collections.abc import Sequence

from imgdiff.boxes import iou
from imgdiff.records import Box


def overlapped(boxes: Sequence[Box], differences: Sequence[float], threshold: float) -> dict[int, float]:
    """Indices that overlap a more different survivor by more than `threshold`, each with that IoU."""
    order = sorted(range(len(boxes)), key=lambda index: -differences[index])
    survivors: list[int] = []
    dropped: dict[int, float] = {}
    for index in order:
        worst = max((iou(boxes[index], boxes[other]) for other in survivors), default=0.0)
        if worst > threshold:
            dropped[index] = worst
        else:
            survivors.append(index)
    return dropped
