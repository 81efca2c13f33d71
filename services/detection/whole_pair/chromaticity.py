"""Chromaticity: the colour of a pixel whatever its brightness."""

import numpy as np

from services.imaging.arrays import Floats

_TOE = 16.0  # grey levels added to each channel, below which noise decides the colour; chosen, not measured


def measure_chromaticity(image: Floats) -> Floats:
    """Natural logarithms of red and of blue to green, height x width x 2, of an RGB image with levels 0..255."""
    red, green, blue = (np.log(image[..., channel] + _TOE) for channel in range(3))
    return np.stack([red - green, blue - green], axis=-1)
