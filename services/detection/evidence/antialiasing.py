"""Anti-aliasing: pixels on the edge of a drawn shape, whose level depends on how it was rendered.

After V. Vysniauskas, "Anti-aliased pixel and intensity slope detector" (2009), as pixelmatch uses it.
"""

import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from services.imaging.arrays import Flags

_AROUND = tuple((down, across) for down in (-1, 0, 1) for across in (-1, 0, 1) if down or across)
_ALIKE = 3  # neighbours of the same colour that a pixel inside a shape has (pixelmatch)
_MOST_EQUAL = 2  # neighbours of its own level that a pixel on a slope has (pixelmatch)
_LUMA = np.array([299, 587, 114], np.int32)  # thousandths of red, green and blue (ITU-R BT.601)


def find_antialiased(image1: RGB, image2: RGB) -> Flags:
    """Flag pixels, height x width, that lie on a slope between two flat areas in either of two images of one size."""
    flat = _find_flat(image1) & _find_flat(image2)
    return _find_slopes(image1, flat) | _find_slopes(image2, flat)


def _find_slopes(image: RGB, flat: Flags) -> Flags:
    """Pixels with darker and brighter neighbours, few of their own level, and a flat area at one end of the slope."""
    level = image.astype(np.int32) @ _LUMA
    around = _stack_neighbours(level) - level[None]
    darkest, brightest = around.argmin(0), around.argmax(0)
    ends = _stack_neighbours(flat)
    at_dark, at_bright = (np.take_along_axis(ends, index[None], 0)[0] for index in (darkest, brightest))
    slope = (around.min(0) < 0) & (around.max(0) > 0) & ((around == 0).sum(0) <= _MOST_EQUAL)
    return np.asarray(slope & (at_dark | at_bright))


def _find_flat(image: RGB) -> Flags:
    """Pixels with at least three neighbours of exactly their colour."""
    colour = image.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    return np.asarray((_stack_neighbours(colour) == colour[None]).sum(0) >= _ALIKE)


def _stack_neighbours(values: NDArray) -> NDArray:  # type: ignore[type-arg]
    """8 x height x width; the border is repeated."""
    framed = np.pad(values, 1, mode="edge")
    height, width = values.shape
    return np.stack([framed[1 + y : 1 + y + height, 1 + x : 1 + x + width] for y, x in _AROUND])
