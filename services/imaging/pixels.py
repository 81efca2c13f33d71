"""Arrays that every wrapper takes and gives, and how an image is brought to a network's size."""

import cv2
import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
"""Height x width x 3, RGB, 0..255."""
Floats = NDArray[np.float32]


def resized(image: RGB, height: int, width: int) -> RGB:
    """The image stretched to that size; averaged when it shrinks, so that thin things do not flicker."""
    if image.shape[:2] == (height, width):
        return image
    shrinks = height * width < image.shape[0] * image.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=interpolation), np.uint8)


def channels_first(images: Floats) -> Floats:
    """N x H x W x 3 to a contiguous N x 3 x H x W."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32)


def unit_length(vectors: Floats) -> Floats:
    """Each last-axis vector divided by its length; zero stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9), np.float32)


def lab_of(image: RGB) -> Floats:
    """CIE Lab of an image or a row of pixels: lightness 0..100, a and b around 0."""
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
