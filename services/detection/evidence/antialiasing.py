"""Anti-aliasing: pixels on the edge of a drawn shape, whose level says how it was rendered and not what was drawn.

After V. Vysniauskas, "Anti-aliased pixel and intensity slope detector" (2009), as pixelmatch uses it.
"""

import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from services.imaging.arrays import Flags

_ROUND = tuple((down, across) for down in (-1, 0, 1) for across in (-1, 0, 1) if down or across)
_ALIKE = 3  # neighbours of the same colour that a pixel inside a shape has


def antialiased(image1: RGB, image2: RGB) -> Flags:
    """Height x width: whether a pixel lies on a slope between two flat areas, in either image, both of one size."""
    flat1, flat2 = _flat(image1), _flat(image2)
    return _slopes(image1, flat1 & flat2) | _slopes(image2, flat1 & flat2)


def _slopes(image: RGB, flat: Flags) -> Flags:
    """Pixels with darker and brighter neighbours, few of their own level, and a flat area at one end of the slope."""
    level = image.astype(np.int32) @ np.array([299, 587, 114], np.int32)
    around = _neighbours(level) - level[None]
    darkest, brightest = around.argmin(0), around.argmax(0)
    ends = _neighbours(flat)
    at_dark, at_bright = (np.take_along_axis(ends, index[None], 0)[0] for index in (darkest, brightest))
    slope = (around.min(0) < 0) & (around.max(0) > 0) & ((around == 0).sum(0) <= 2)
    return np.asarray(slope & (at_dark | at_bright))


def _flat(image: RGB) -> Flags:
    """Pixels with at least three neighbours of just their colour."""
    colour = image.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    return np.asarray((_neighbours(colour) == colour[None]).sum(0) >= _ALIKE)


def _neighbours(values: NDArray) -> NDArray:  # type: ignore[type-arg]
    """8 x height x width; beyond the border the border goes on."""
    framed = np.pad(values, 1, mode="edge")
    height, width = values.shape
    return np.stack([framed[1 + y : 1 + y + height, 1 + x : 1 + x + width] for y, x in _ROUND])
