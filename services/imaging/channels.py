"""Arithmetic over the channels of an image."""

from typing import TypeVar

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

Number = TypeVar("Number", np.uint8, np.float32)


def take_worst(image: NDArray[Number] | MatLike) -> NDArray[Number]:
    """The largest of the three channels at every pixel, height x width; many times as fast as `max(2)`."""
    red, green, blue = cv2.split(image)
    return np.asarray(cv2.max(cv2.max(red, green), blue), image.dtype)
