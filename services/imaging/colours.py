"""Conversions between RGB and CIE Lab: lightness 0..100, a and b around 0."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.imaging.arrays import Floats


def to_lab(image: RGB) -> Floats:
    """Convert an image or a row of pixels."""
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def to_rgb(lab: Floats) -> RGB:
    """Convert back; colours that no screen shows are clipped."""
    rgb = cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray(np.rint(np.clip(rgb, 0, 1) * 255), np.uint8)
