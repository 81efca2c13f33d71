"""How much of the structure of two captures of one page differs, whatever their blur, grain and small shifts.

A glyph that a scanner, a codec or another rendering drew again agrees with itself once it may shift a little; another
glyph does not.
"""

import itertools

import cv2
import numpy as np

from imgdiff.images import RGB
from services.imaging.arrays import Floats

_WINDOW = 2.0  # sigma in pixels of what must agree: a glyph of a page at 96 dpi; at 3 a digit's mismatch is half
_FRAME = 8  # pixels that the window reaches
_FINE, _COARSE = 0.6, 2.0  # sigmas in pixels of the blur of luma, and of chroma, which codecs store at half size
_STEP = 0.5  # pixels between two shifts; chosen, not measured
_NEAR = 2.0  # pixels of shift that lead no glyph to the next one; chosen, not measured
_GREY = 2.0  # levels of chroma by which two images differ at most where none needs to be searched; chosen, not measured
Reach = tuple[float, float]
"""Pixels of shift across and down."""
Channels = tuple[Floats, ...]
STILL: Reach = (0.0, 0.0)  # nothing is searched


def measure_mismatch(image1: RGB, image2: RGB, noise: float, reach: Reach) -> Floats:
    """Energy that no shift by `reach` pixels explains, over that of both images and of `noise` (grey levels squared).

    Height x width, 0 where both agree, near 1 for two unrelated glyphs, more where a plain area has another colour.
    Under a far shift each image must be found in the other, since a glyph may meet its like in the next word.
    """
    parts1, parts2 = _split(image1), _split(image2)
    energy = _measure_variance(parts1) + _measure_variance(parts2) + noise
    both = list(zip(parts1, parts2, strict=True))
    searched = [both[0], *(pair for pair in both[1:] if float(cv2.absdiff(*pair).max()) > _GREY)]
    one, two = zip(*searched, strict=True)
    least = _find_least(one, two, reach)
    if max(reach) > _NEAR:
        least = np.maximum(least, _find_least(two, one, reach))
    return least / energy


def _split(image: RGB) -> Channels:
    """Luma and both chromas, each height x width and as fine as a codec keeps it."""
    luma, *chromas = cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb).astype(np.float32))
    parts = ((luma, _FINE), *((chroma, _COARSE) for chroma in chromas))
    return tuple(np.asarray(cv2.GaussianBlur(part, (0, 0), sigma), np.float32) for part, sigma in parts)


def _measure_variance(parts: Channels) -> Floats:
    total = np.zeros_like(parts[0])
    for part in parts:
        mean = _average(part)
        total += np.maximum(_average(part * part) - mean * mean, 0)
    return total


def _find_least(parts1: Channels, parts2: Channels, reach: Reach) -> Floats:
    """The smallest mean squared difference, over all channels, over all shifts of the second."""
    parts1, parts2 = tuple(map(_frame, parts1)), tuple(map(_frame, parts2))
    height, width = parts1[0].shape
    beside, above = (int(np.ceil(side)) + 1 for side in reach)
    size = width + 2 * beside, height + 2 * above
    energy, most = _average(_multiply(parts1, parts1)), np.full((height, width), -np.inf, np.float32)
    phases = (0.0, _STEP) if any(reach) else (0.0,)
    for down, across in itertools.product(phases, phases):
        matrix = np.array([[1, 0, across - beside], [0, 1, down - above]], np.float32)
        moved = tuple(_move(part, matrix, size) for part in parts2)
        energy2 = _average(_multiply(moved, moved))
        for y, x in itertools.product(range(2 * above + 1), range(2 * beside + 1)):
            if abs(y - above + down) <= reach[1] and abs(x - beside + across) <= reach[0]:
                here = slice(y, y + height), slice(x, x + width)
                # Twice what both share less the second's own energy: the first's own is the same under every shift.
                shared = _average(_multiply(parts1, tuple(part[here] for part in moved)))
                np.maximum(most, 2 * shared - energy2[here], out=most)
    inner = slice(_FRAME, height - _FRAME), slice(_FRAME, width - _FRAME)
    return np.asarray(np.maximum(energy - most, 0)[inner], np.float32)


def _frame(part: Floats) -> Floats:
    """The part with a border that the window reaches, so that its means inside do not depend on how they are cut."""
    return np.asarray(cv2.copyMakeBorder(part, _FRAME, _FRAME, _FRAME, _FRAME, cv2.BORDER_REPLICATE), np.float32)


def _move(part: Floats, matrix: Floats, size: tuple[int, int]) -> Floats:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(part, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _multiply(parts1: Channels, parts2: Channels) -> Floats:
    """The product, added over all channels."""
    total = parts1[0] * parts2[0]
    for one, two in zip(parts1[1:], parts2[1:], strict=True):
        total += one * two
    return total


def _average(values: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), _WINDOW), np.float32)
