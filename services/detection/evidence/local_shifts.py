"""Whether a local shift of image2 explains a difference, which then is misregistration and no change."""

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.detection.evidence.pixel_difference import measure_excess
from services.detection.evidence.view import PixelEvidence
from services.detection.limits import SHIFT_LEFT, SHIFTED_PIXELS
from services.imaging.boxes import crop

_REACH = 5  # pixels of shift; chosen, not measured
_CONTEXT = 12  # pixels around the box that must shift with it; chosen, not measured
_SMALLEST = 8  # pixels a side in which a shift can be found; chosen, not measured


def is_shifted(image1: RGB, image2: RGB, box: Box, evidence: PixelEvidence) -> bool:
    """Whether little of the excess in `box` is left once its neighbourhood may shift by up to five pixels."""
    height, width = image1.shape[:2]
    x1, y1 = max(_REACH, box[0] - _CONTEXT), max(_REACH, box[1] - _CONTEXT)
    x2, y2 = min(width - _REACH, box[2] + _CONTEXT), min(height - _REACH, box[3] + _CONTEXT)
    if min(x2 - x1, y2 - y1) < _SMALLEST or (x2 - x1) * (y2 - y1) > SHIFTED_PIXELS:
        return False
    patch = crop(image1, (x1, y1, x2, y2))
    around = crop(image2, (x1 - _REACH, y1 - _REACH, x2 + _REACH, y2 + _REACH))
    scores = cv2.matchTemplate(around, patch, cv2.TM_SQDIFF)
    _, _, (across, down), _ = cv2.minMaxLoc(scores)
    if (across, down) == (_REACH, _REACH):
        return False
    moved = around[down : down + patch.shape[0], across : across + patch.shape[1]]
    before = _sum_excess(patch, crop(image2, (x1, y1, x2, y2)), evidence)
    return _sum_excess(patch, moved, evidence) < SHIFT_LEFT * max(1.0, before)


def _sum_excess(patch1: RGB, patch2: RGB, evidence: PixelEvidence) -> float:
    left = measure_excess(patch1, np.ascontiguousarray(patch2), evidence.radius)
    return float(left[left > evidence.threshold].sum())
