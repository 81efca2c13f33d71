"""Arithmetic over the channels of an image."""

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray


def take_worst(image: MatLike) -> NDArray[np.uint8]:
    """The largest of the three channels at every pixel, height x width; many times as fast as `max(2)`."""
    red, green, blue = cv2.split(image)
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)
