"""Moves between drawn regions: what one place lost and another got, pixel for pixel."""

from collections.abc import Sequence

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box, Change
from services.captioning.limits import MOST_MOVES, SAME_DRAWING
from services.captioning.observation.finding import Finding
from services.imaging.boxes import crop, grow

_SLACK = 3  # pixels by which the boxes of one thing may differ; chosen
_SURE = {Change.ADDED, Change.REMOVED}  # one place at least shows that a thing came or went
_LEAST_SIDE = 6  # pixels of a thing that is recognised; chosen


def link_moves(images: tuple[RGB, RGB], findings: Sequence[Finding]) -> dict[int, int]:
    """Index of the finding that lost a thing -> index of the one that got it; both images are in image1's frame.

    Over a drawing, one of the two places may only have changed.
    """
    changes = [one.change for one in findings]
    left = [at for at, one in enumerate(changes) if one in {Change.REMOVED, Change.CHANGED}][:MOST_MOVES]
    came = [at for at, one in enumerate(changes) if one in {Change.ADDED, Change.CHANGED}][:MOST_MOVES]
    pairs = [(one, two) for one in left for two in came if one != two and {changes[one], changes[two]} & _SURE]
    scored = [(_likeness(images, findings[one].box, findings[two].box), one, two) for one, two in pairs]
    moves: dict[int, int] = {}
    for score, one, two in sorted(scored, reverse=True):
        taken = {*moves, *moves.values()}
        if score >= SAME_DRAWING and one not in taken and two not in taken:
            moves[one] = two
    return moves


def _likeness(images: tuple[RGB, RGB], box1: Box, box2: Box) -> float:
    """How far what image1 shows in one box is what image2 shows in the other, -1..1; 0 for other sizes."""
    sizes = [(box[3] - box[1], box[2] - box[0]) for box in (box1, box2)]
    unlike = max(abs(sizes[0][axis] - sizes[1][axis]) for axis in (0, 1))
    if unlike > _SLACK or min(*sizes[0], *sizes[1]) < _LEAST_SIDE:
        return 0.0
    template = np.ascontiguousarray(crop(images[0], box1))
    around = np.ascontiguousarray(crop(images[1], grow(box2, _SLACK, images[1].shape)))
    if template.std() < 1 or any(one < two for one, two in zip(around.shape, template.shape, strict=True)):
        return 0.0
    grey1, grey2 = (cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (template, around))
    return float(cv2.matchTemplate(grey2, grey1, cv2.TM_CCOEFF_NORMED).max())
