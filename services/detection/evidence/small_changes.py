"""Small changes: places where many pixels at once differ by more than the pair's own noise explains.

A few faint pixels are too little for the change head's cells; gathered over a window they stand out.
"""

import cv2
import numpy as np
from scipy import ndimage

from imgdiff.records import Box
from services.detection.evidence.noise import Noise
from services.detection.limits import GATHERED, LIGHT_DOUBT
from services.imaging.arrays import Floats

# Chosen on synthetic pairs, none measured apart.
SURE = 3.0  # sigmas at which a pixel belongs to a change
_CAP = 6.0  # sigmas beyond which a pixel counts no more
_WINDOW = 15  # pixels
_JOINED = 7  # pixels of the square that closes gaps
_LEAST_PIXELS = _WINDOW * _WINDOW // 4  # a quarter of a window; chosen, not measured


def gather(noise: Noise) -> Floats:
    """Mean over a square window of what exceeds one sigma, capped: 0..5."""
    return np.asarray(cv2.blur(np.clip(noise.score - 1, 0, _CAP - 1), (_WINDOW, _WINDOW)))


def find_small_changes(noise: Noise, unexplained: float) -> list[Box]:
    """Boxes of pixels beyond three sigmas around the places where they gather.

    `unexplained` is the light that no model explained, in grey levels.
    """
    peaks = gather(noise) > GATHERED + LIGHT_DOUBT * unexplained
    if not peaks.any():
        return []
    near = cv2.dilate(peaks.astype(np.uint8), np.ones((_WINDOW, _WINDOW), np.uint8))
    sure = ((noise.score > SURE) & (near > 0)).astype(np.uint8)
    sure = np.asarray(cv2.morphologyEx(sure, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)), np.uint8)
    joined = cv2.morphologyEx(sure, cv2.MORPH_CLOSE, np.ones((_JOINED, _JOINED), np.uint8))
    labels, count = ndimage.label(joined, np.ones((3, 3)))
    pixels = np.bincount(labels.ravel(), weights=sure.ravel(), minlength=count + 1)
    return [
        (x.start, y.start, x.stop, y.stop)
        for index, (y, x) in enumerate(ndimage.find_objects(labels, count), 1)
        if pixels[index] >= _LEAST_PIXELS
    ]
