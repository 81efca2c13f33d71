"""One image is the negative of the other: stated, and both are compared as positives."""

from collections.abc import Iterator

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.whole_pair import PairChange, PairChangeKind
from services.imaging.resizing import fit_within

_SIDE = 256  # pixels of the longer side at which it is measured
_NEGATIVE, _NEGATIVE_SHARE = 24, 0.7  # grey levels by which both may miss white in sum, and the share of such pixels
_LEAST_SPREAD = 12.0  # standard deviation of grey levels, below which any image is its own negative; all chosen


def describe_inversion(image1: RGB, image2: RGB) -> Iterator[PairChange]:
    """The statement that image2 is a negative of image1, whole and in place."""
    size = fit_within(image1.shape, _SIDE)
    small1, small2 = (cv2.resize(one, size, interpolation=cv2.INTER_AREA).astype(np.int16) for one in (image1, image2))
    missed = np.abs(small1 + small2 - 255).max(axis=2)
    if small1.std() >= _LEAST_SPREAD and float((missed <= _NEGATIVE).mean()) >= _NEGATIVE_SHARE:
        text = "The colours of image 2 are inverted, as in a negative."
        yield PairChange(kind=PairChangeKind.COLOURS, harmless=False, text=text)


def invert(image: RGB) -> RGB:
    """The negative of an image."""
    return np.asarray(255 - image, np.uint8)
