"""Whether a picture is in focus: what is pasted among blurred things, or blurred among sharp ones, looks pasted."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.imaging.resizing import resize

IN_FOCUS = 0.38
"""Of the boxes of 45 people, animals and vehicles in 12 photos of COCO, those out of focus have 0.19 to 0.33, but for
two before the sharp rim of another thing; those in focus have 0.46 and more."""
_LONGEST_SIDE = 640  # of COCO's photos: the same edge takes more pixels in larger ones
_LEAST_SIDE = 8  # pixels of a judged picture; chosen, not measured
_RANGE = 2, 98  # percentiles of lightness: the range of light; of its second derivative the upper one: the edges
_ONE_TONE = 8.0  # grey levels; chosen, not measured


def measure_focus(picture: RGB) -> float:
    """The second derivative of lightness at the strongest edges, as a share of the picture's range of lightness.

    It is 1 where the picture has one tone, which tells nothing.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    low, high = np.percentile(grey, _RANGE)
    if high - low < _ONE_TONE:
        return 1.0
    edges = np.percentile(np.abs(cv2.Laplacian(grey, cv2.CV_32F)), _RANGE[1])
    return float(edges / (high - low))


def is_in_focus(picture: RGB, shape: tuple[int, ...], factor: float = 1.0) -> bool:
    """Whether the picture of an object is sharp in a photo of that shape, where it has that share of its own size.

    A photo larger than those that the limit was measured on is judged as if it had their size.
    """
    shown = min(1.0, factor * min(1.0, _LONGEST_SIDE / max(shape)))
    rows, columns = (max(_LEAST_SIDE, round(shown * side)) for side in picture.shape[:2])
    return measure_focus(resize(picture, rows, columns)) >= IN_FOCUS
