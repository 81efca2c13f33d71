"""Smooth and rough random fields, from which nuisances are made."""

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB

Field = NDArray[np.float32]


def to_levels(values: np.ndarray) -> RGB:
    """Round to 0..255."""
    return np.rint(values.clip(0, 255)).astype(np.uint8)


def make_waves(image: RGB, rng: np.random.Generator, cells: int) -> Field:
    """Height x width: a smooth field of about standard normal values with `cells` waves on each side."""
    grid = rng.normal(size=(cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(grid, image.shape[1::-1], interpolation=cv2.INTER_CUBIC))


def make_clouds(image: RGB, rng: np.random.Generator, cells: int, octaves: int = 5) -> Field:
    """Height x width, 0..1: noise over several scales, the coarsest with `cells` waves on each side."""
    total = np.zeros(image.shape[:2], np.float32)
    for octave in range(octaves):
        total += make_waves(image, rng, min(cells * 2**octave, 256)) / 2**octave
    low, high = np.quantile(total, (0.01, 0.99))
    return np.asarray(((total - low) / max(1e-6, high - low)).clip(0, 1), np.float32)


def soften(mask: Field, pixels: float) -> Field:
    """Blur a mask by a Gaussian of that sigma."""
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(0.3, pixels)), np.float32)
