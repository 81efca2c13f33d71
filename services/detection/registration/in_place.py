"""Whether two images are registered as they are, although most of what they show differs.

The directions of edges are correlated at every shift at once (orientation correlation: Fitch et al., BMVC 2002), on
doubled angles, so that neither contrast nor its sign counts: light and dark pages, houses where trees were.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from services.detection.limits import IN_PLACE_DEVIATIONS, IN_PLACE_MARGIN
from services.imaging.arrays import Floats
from services.imaging.resizing import fit_within

# Chosen on the pairs that `limits` names, none measured apart.
_SIDE = 384  # pixels of the longer side
_FAINT = 2.0  # grey levels a pixel of gradient, below which a direction is noise
_NEAR, _AROUND = 2, 8  # pixels of shift that count as in place, and that are left out of the others
_LEAST_SHIFTS = 1000  # other shifts to compare with; a smaller image proves nothing


def is_in_place(image1: RGB, image2: RGB) -> bool:
    """Whether edges agree best without a shift; image2 is stretched to image1's size."""
    size = fit_within(image1.shape, _SIDE)
    directions1, directions2 = _find_directions(image1, size), _find_directions(image2, size)
    product = np.fft.fft2(directions1) * np.conj(np.fft.fft2(directions2))
    correlation = np.fft.fftshift(np.real(np.fft.ifft2(product)))
    down, across = (np.abs(np.arange(length) - length // 2) for length in correlation.shape)
    far = np.maximum.outer(down, across)
    others = correlation[(far > _AROUND) & np.logical_and.outer(down <= len(down) // 4, across <= len(across) // 4)]
    if others.size < _LEAST_SHIFTS:
        return False
    peak = float(correlation[far <= _NEAR].max())
    beyond_chance = peak - float(np.median(others)) > IN_PLACE_DEVIATIONS * float(others.std())
    return beyond_chance and peak > IN_PLACE_MARGIN * float(others.max())


def _find_directions(image: RGB, size: tuple[int, int]) -> NDArray[np.complex64]:
    """Unit vectors of doubled angles of the gradients, short where the gradient is faint; complex, height x width."""
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
    grey: Floats = np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.0), np.float32)
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *axis) / 8 for axis in ((1, 0), (0, 1)))
    gradient = np.asarray(across + 1j * down, np.complex64)
    return np.asarray(gradient**2 / (np.abs(gradient) ** 2 + _FAINT**2), np.complex64)
