"""Pictures taken through another lens."""

import cv2
import numpy as np

from imgdiff.images import RGB


def distort(image: RGB, strength: float) -> RGB:
    """Show at each point what lay `strength` r² farther out, r in halves of the width: a barrel above 0."""
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    across, down = x - (width - 1) / 2, y - (height - 1) / 2
    factor = 1 + strength * (across**2 + down**2) / (width / 2) ** 2
    places = across * factor + (width - 1) / 2, down * factor + (height - 1) / 2
    return np.asarray(cv2.remap(image, *places, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8)
