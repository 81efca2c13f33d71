"""The pair as the second stage sees it: a red box in both images, side by side, a black bar between (paper 15.3)."""

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.boxes import grow, window

_RED = (255, 0, 0)
_GROWN = 5  # pixels that a box grows by on each side
_LINE = 3  # pixels, inwards from the edge of the grown box: the region itself stays visible
_BAR = 20  # pixels of black between the images


def crop(image: RGB, box: Box) -> RGB:
    """The pixels of the grown box, not copied."""
    return image[window(grow(box, _GROWN, image.shape))]


def marked(image: RGB, box: Box) -> RGB:
    """A copy with the grown box drawn into it."""
    drawn = image.copy()
    frame = crop(drawn, box)
    frame[:_LINE] = frame[-_LINE:] = _RED
    frame[:, :_LINE] = frame[:, -_LINE:] = _RED
    return drawn


def joined(left: RGB, right: RGB) -> RGB:
    """Both images on one canvas, their tops level; black fills up the lower one."""
    height = max(left.shape[0], right.shape[0])
    start = left.shape[1] + _BAR
    canvas = np.zeros((height, start + right.shape[1], 3), np.uint8)
    canvas[: left.shape[0], : left.shape[1]] = left
    canvas[: right.shape[0], start:] = right
    return canvas
