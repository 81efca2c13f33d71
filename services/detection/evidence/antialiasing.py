"""Anti-aliasing: pixels on the edge of a drawn shape, whose level depends on how it was rendered.

After V. Vysniauskas, "Anti-aliased pixel and intensity slope detector" (2009), as pixelmatch uses it. Both images have
an edge near such a pixel: what appears in a flat place of either one is no anti-aliasing.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from services.imaging.arrays import Flags
from services.imaging.channels import take_worst

_AROUND = np.array([(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1) if down or across])
_ALIKE = 3  # neighbours of the same colour that a pixel inside a shape has (pixelmatch)
_MOST_EQUAL = 2  # neighbours of its own level that a pixel on a slope has (pixelmatch)
_LUMA = np.array([299, 587, 114], np.int32)  # thousandths of red, green and blue (ITU-R BT.601)
_EMPTY = 5  # pixels a side of a place without any edge; chosen: an edge rendered anew moves by less than two pixels
_LEVEL = 2  # grey levels within which such a place is flat; chosen, not measured

Places = tuple[NDArray[np.intp], NDArray[np.intp]]


def find_antialiased(image1: RGB, image2: RGB, among: Flags) -> Flags:
    """Flag those pixels of `among` that lie on a slope between two flat areas in either of two images of one size."""
    found = np.zeros(among.shape, bool)
    rows, columns = np.nonzero(among & ~_find_empty(image1) & ~_find_empty(image2)) if among.any() else ((), ())
    if not len(rows):
        return found
    places = np.asarray(rows), np.asarray(columns)
    colours = [_frame(image.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)) for image in (image1, image2)]
    slope = np.zeros(len(rows), bool)
    for image in (image1, image2):
        slope |= _is_slope(_frame(image.astype(np.int32) @ _LUMA), colours, places)
    found[places] = slope
    return found


def _is_slope(levels: NDArray[np.int32], colours: list[NDArray[np.int32]], places: Places) -> Flags:
    """Whether each place has darker and brighter neighbours, few of its own level, and a flat area at one end."""
    around = _neighbours(levels, places) - levels[places[0] + 1, places[1] + 1]
    slope = (around.min(0) < 0) & (around.max(0) > 0) & ((around == 0).sum(0) <= _MOST_EQUAL)
    steep = np.nonzero(slope)[0]
    ends = np.zeros(len(slope), bool)
    for nearest in (around[:, steep].argmin(0), around[:, steep].argmax(0)):
        ends[steep] |= _is_inside(colours, tuple(places[axis][steep] + _AROUND[nearest, axis] for axis in (0, 1)))
    return np.asarray(slope & ends)


def _is_inside(colours: list[NDArray[np.int32]], places: Places) -> Flags:
    """Whether each place has at least three neighbours of exactly its colour in both images."""
    height, width = colours[0].shape
    within = places[0].clip(0, height - 3), places[1].clip(0, width - 3)
    alike = [(_neighbours(colour, within) == colour[within[0] + 1, within[1] + 1]).sum(0) for colour in colours]
    return np.asarray(np.minimum(*alike) >= _ALIKE)


def _neighbours(framed: NDArray[np.int32], places: Places) -> NDArray[np.int32]:
    """8 x places, from values with a frame of one pixel."""
    return np.stack([framed[places[0] + 1 + down, places[1] + 1 + across] for down, across in _AROUND])


def _frame(values: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.pad(values, 1, mode="edge")


def _find_empty(image: RGB) -> Flags:
    """Pixels in the middle of a place without any edge."""
    kernel = np.ones((_EMPTY, _EMPTY), np.uint8)
    return np.asarray(take_worst(cv2.morphologyEx(image, cv2.MORPH_GRADIENT, kernel)) <= _LEVEL)
