"""The joined pair of the second stage: both images side by side with a red box, a black bar between (paper 15.3)."""

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.boxes import grow, window

_RED = (255, 0, 0)  # RGB; paper, section 15.3
# In pixels, from the paper's section 15.3.
_GROWN = 5  # added to a box on each side
_LINE = 3  # inwards from the edge of the grown box, so that the region itself stays visible
_BAR = 20  # of black between the images


def crop_marked(image: RGB, box: Box) -> RGB:
    """The pixels of the grown box, not copied."""
    return image[window(grow(box, _GROWN, image.shape))]


def mark(image: RGB, box: Box) -> RGB:
    """A copy with the grown box drawn in red."""
    drawn = image.copy()
    frame = crop_marked(drawn, box)
    frame[:_LINE] = frame[-_LINE:] = _RED
    frame[:, :_LINE] = frame[:, -_LINE:] = _RED
    return drawn


def join(left: RGB, right: RGB) -> RGB:
    """Both images on one canvas, aligned at the top; black below the lower one."""
    height = max(left.shape[0], right.shape[0])
    start = left.shape[1] + _BAR
    canvas = np.zeros((height, start + right.shape[1], 3), np.uint8)
    canvas[: left.shape[0], : left.shape[1]] = left
    canvas[: right.shape[0], start:] = right
    return canvas
