"""Bringing an image to another size."""

import cv2
import numpy as np

from imgdiff.images import RGB


def fit_within(shape: tuple[int, ...], side: int) -> tuple[int, int]:
    """Width and height, as OpenCV takes them, of an image of that shape once its longer side is at most `side`."""
    height, width = shape[:2]
    shrink = min(1.0, side / max(height, width))
    return max(1, round(width * shrink)), max(1, round(height * shrink))


def resize(image: RGB, height: int, width: int) -> RGB:
    """Stretch an image to a size; averages when it shrinks, so that thin things do not flicker."""
    if image.shape[:2] == (height, width):
        return image
    shrinks = height * width < image.shape[0] * image.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=interpolation), np.uint8)
