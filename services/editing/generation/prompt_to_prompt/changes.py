"""Where the two images of a generated pair differ: no mask was ordered, so it is read off the pixels."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.imaging.arrays import Flags

LEAST = 8.0
"""Mean difference of the channels, 0..255, smoothed, below which a place counts as the same."""

_SMOOTHING = 0.012  # of the longer side: nearer than that, two spots are one change
_OF_THE_PEAK = 0.5


def changed_place(image1: RGB, image2: RGB) -> Flags | None:
    """The largest connected place that differs by at least half as much as the place that differs most.

    Half of the peak, because everything drifts a little where nothing was blended; None if nothing differs by LEAST.
    """
    apart = np.abs(image1.astype(np.float32) - image2.astype(np.float32)).mean(axis=2)
    smooth = cv2.GaussianBlur(apart, (0, 0), max(1.0, _SMOOTHING * max(apart.shape)))
    if smooth.max() < LEAST:
        return None
    seen = smooth >= max(LEAST, _OF_THE_PEAK * float(smooth.max()))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(seen.astype(np.uint8))
    return np.asarray(parts == 1 + int(np.argmax(stats[1:count, cv2.CC_STAT_AREA])))
