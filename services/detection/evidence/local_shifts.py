"""Sliding: whether a local shift of image2 explains a difference, which then is misregistration and not change."""

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.detection.evidence.pixel_difference import PixelEvidence, excess

_REACH = 5
_CONTEXT = 12
_LARGEST = 90_000  # pixels of context; a difference that large is no misregistration
_LEFT = 0.35


def slides_away(image1: RGB, image2: RGB, box: Box, evidence: PixelEvidence) -> bool:
    """Whether at most a third of the excess in `box` is left once its neighbourhood may slide up to five pixels."""
    height, width = image1.shape[:2]
    x1, y1 = max(_REACH, box[0] - _CONTEXT), max(_REACH, box[1] - _CONTEXT)
    x2, y2 = min(width - _REACH, box[2] + _CONTEXT), min(height - _REACH, box[3] + _CONTEXT)
    if min(x2 - x1, y2 - y1) < 8 or (x2 - x1) * (y2 - y1) > _LARGEST:
        return False
    patch = image1[y1:y2, x1:x2]
    around = image2[y1 - _REACH : y2 + _REACH, x1 - _REACH : x2 + _REACH]
    scores = cv2.matchTemplate(around, patch, cv2.TM_SQDIFF)
    _, _, (across, down), _ = cv2.minMaxLoc(scores)
    if (across, down) == (_REACH, _REACH):
        return False
    moved = around[down : down + patch.shape[0], across : across + patch.shape[1]]
    before = _mass(patch, image2[y1:y2, x1:x2], evidence)
    return _mass(patch, moved, evidence) < _LEFT * max(1.0, before)


def _mass(one: RGB, two: RGB, evidence: PixelEvidence) -> float:
    left = excess(one, np.ascontiguousarray(two), evidence.radius)
    return float(left[left > evidence.threshold].sum())
