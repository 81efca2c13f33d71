"""Grouping: changed pixels of a drawn pair become regions, as far apart as words of a line or lines of a page."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from imgdiff.boxes import area, intersection
from imgdiff.records import Box
from services.detection.limits import GAP_ACROSS, GAP_DOWN, SCALED_SIDE, SPARSE_FILL, SPARSE_SHARE
from services.imaging.arrays import Flags

_FINER = (0.5, 0.25)  # of the gaps, at which what is too wide falls apart; chosen, not measured


@dataclass(frozen=True)
class Group:
    """Changed pixels that belong together; `mass` and `sure` sum the grey levels of all and of the sure ones."""

    box: Box
    pixels: int
    mass: float
    sure: float


def group_pixels(changed: Flags, sure: Flags, difference: NDArray[np.uint8]) -> list[Group]:
    """Join changed pixels (height x width) across small gaps; boxes are tight around them.

    A group over much of the page that is mostly empty is many changes close together: it falls apart at smaller gaps.
    """
    if not changed.any():
        return []
    scale = max(1.0, max(changed.shape) / SCALED_SIDE)
    groups = _join(changed, sure, difference, scale)
    for finer in _FINER:
        wide = [group for group in groups if _is_sparse(group, changed.size)]
        if not wide:
            break
        kept = [group for group in groups if group not in wide]
        apart = _join(changed, sure, difference, scale * finer)
        groups = [*kept, *(one for one in apart if _is_within(one, wide) and not _is_within(one, kept))]
    return groups


def _is_sparse(group: Group, page: int) -> bool:
    return area(group.box) > SPARSE_SHARE * page and group.pixels < SPARSE_FILL * area(group.box)


def _is_within(group: Group, others: list[Group]) -> bool:
    return any(intersection(other.box, group.box) == area(group.box) for other in others)


def _join(changed: Flags, sure: Flags, difference: NDArray[np.uint8], scale: float) -> list[Group]:
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
