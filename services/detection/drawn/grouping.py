"""Grouping: changed pixels of a drawn pair become regions, as far apart as words of a line or lines of a page."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from imgdiff.records import Box
from services.detection.limits import GAP_ACROSS, GAP_DOWN, SCALED_SIDE
from services.imaging.arrays import Flags


@dataclass(frozen=True)
class Group:
    """Changed pixels that belong together; `mass` and `sure` sum the grey levels of all and of the sure ones."""

    box: Box
    pixels: int
    mass: float
    sure: float


def group_pixels(changed: Flags, sure: Flags, difference: NDArray[np.uint8]) -> list[Group]:
    """Join changed pixels (height x width) across small gaps; boxes are tight around them."""
    if not changed.any():
        return []
    scale = max(1.0, max(changed.shape) / SCALED_SIDE)
    kernel = np.ones((round(GAP_DOWN * scale) | 1, round(GAP_ACROSS * scale) | 1), np.uint8)
    count, labels = cv2.connectedComponents(cv2.dilate(changed.astype(np.uint8), kernel), connectivity=8)
    labels = np.where(changed, labels, 0).astype(np.int32)
    names, levels = labels[changed], difference[changed].astype(np.float64)
    pixels = np.bincount(names, minlength=count)
    mass = np.bincount(names, weights=levels, minlength=count)
    certain = np.bincount(names, weights=levels * sure[changed], minlength=count)
    return [
        Group((x.start, y.start, x.stop, y.stop), int(pixels[index]), float(mass[index]), float(certain[index]))
        for index, (y, x) in ((i, place) for i, place in enumerate(ndimage.find_objects(labels), 1) if place)
    ]
