"""Bringing an image to another size."""

import cv2
import numpy as np

from imgdiff.images import RGB


def resize(image: RGB, height: int, width: int) -> RGB:
    """Stretch an image to a size; averages when it shrinks, so that thin things do not flicker."""
    if image.shape[:2] == (height, width):
        return image
    shrinks = height * width < image.shape[0] * image.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=interpolation), np.uint8)
