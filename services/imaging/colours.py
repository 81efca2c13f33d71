"""Colours: conversions between RGB and CIE Lab (lightness 0..100, a and b around 0), and which ones there are."""

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from services.imaging.arrays import Floats

Counts = NDArray[np.int64]


def to_lab(image: RGB) -> Floats:
    """Convert an image or a row of pixels."""
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def to_rgb(lab: Floats) -> RGB:
    """Convert back; colours that no screen shows are clipped."""
    rgb = cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray(np.rint(np.clip(rgb, 0, 1) * 255), np.uint8)


def count_colours(pixels: RGB) -> tuple[RGB, Counts]:
    """The different colours (C, 3) of pixels (N, 3) in ascending order, and how many pixels (C,) have each.

    As one number a pixel: NumPy compares rows one by one, a hundred times as slow, and lets no other thread run.
    """
    packed = pixels.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    found, counts = np.unique(packed, return_counts=True)
    return np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1).astype(np.uint8), counts
