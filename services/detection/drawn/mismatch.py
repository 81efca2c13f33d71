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
_FINE, _COARSE = 0.6, 2.0  # sigmas in pixels of the blur of luma, and of chroma, which codecs store at half size
_STEP = 0.5  # pixels between two shifts; chosen, not measured


def measure_mismatch(image1: RGB, image2: RGB, noise: float, reach: float) -> Floats:
    """Energy that no shift by `reach` pixels explains, over that of both images and of `noise` (grey levels squared).

    Height x width, 0 where both agree, near 1 for two unrelated glyphs, more where a plain area has another colour.
    """
    (luma1, chroma1), (luma2, chroma2) = _split(image1), _split(image2)
    energy = _measure_variance(luma1, chroma1) + _measure_variance(luma2, chroma2) + noise
    plain = _average(np.square(chroma1 - chroma2).sum(2))
    return (_find_least(luma1, luma2, reach) + plain) / energy


def _split(image: RGB) -> tuple[Floats, Floats]:
    """Luma, height x width, and chroma, height x width x 2, each as fine as a codec keeps it."""
    values = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    luma, chroma = (
        cv2.GaussianBlur(part, (0, 0), s) for part, s in ((values[..., 0], _FINE), (values[..., 1:], _COARSE))
    )
    return np.asarray(luma, np.float32), np.asarray(chroma, np.float32)


def _measure_variance(luma: Floats, chroma: Floats) -> Floats:
    total = np.zeros_like(luma)
    for channel in (luma, chroma[..., 0], chroma[..., 1]):
        total += np.maximum(_average(channel * channel) - np.square(_average(channel)), 0)
    return total


def _find_least(luma1: Floats, luma2: Floats, reach: float) -> Floats:
    """The smallest mean squared difference over all shifts of the second."""
    height, width = luma1.shape
    whole = int(np.ceil(reach)) + 1
    least = np.full(luma1.shape, np.inf, np.float32)
    phases = (0.0, _STEP) if reach else (0.0,)
    for down, across in itertools.product(phases, phases):
        matrix = np.array([[1, 0, across - whole], [0, 1, down - whole]], np.float32)
        size = width + 2 * whole, height + 2 * whole
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpAffine(luma2, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for y, x in itertools.product(range(2 * whole + 1), repeat=2):
            if max(abs(y - whole + down), abs(x - whole + across)) <= reach:
                part = moved[y : y + height, x : x + width]
                least = np.minimum(least, _average(np.square(luma1 - part)))
    return least


def _average(values: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), _WINDOW), np.float32)
