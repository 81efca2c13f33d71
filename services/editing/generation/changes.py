"""Where the two images of a generated pair differ: it has no mask, so the pixels are compared."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.editing.limits import LEAST_PIXEL_CHANGE
from services.imaging.arrays import Flags

# Chosen, not measured.
_SMOOTHING = 0.012  # of the longer side: two spots closer than this are one change
_OF_THE_PEAK = 0.5  # the rest drifts a little where nothing was blended


def find_change(image1: RGB, image2: RGB) -> Flags | None:
    """The largest connected place (H x W) that differs at least half as much as the peak; None if nothing differs."""
    apart = np.abs(image1.astype(np.float32) - image2.astype(np.float32)).mean(axis=2)
    smooth = cv2.GaussianBlur(apart, (0, 0), max(1.0, _SMOOTHING * max(apart.shape)))
    if smooth.max() < LEAST_PIXEL_CHANGE:
        return None
    seen = smooth >= max(LEAST_PIXEL_CHANGE, _OF_THE_PEAK * float(smooth.max()))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(seen.astype(np.uint8))
    return np.asarray(parts == 1 + int(np.argmax(stats[1:count, cv2.CC_STAT_AREA])))
