"""Grouping: cells that probably changed become regions, the doubtful ones too."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import local_maxima, reconstruction
from skimage.segmentation import watershed

from imgdiff.records import Box
from services.imaging.arrays import Floats

_LEAST = 0.3  # probability that a region's surest cells must reach to be worth a reason for dropping it
_BORDER = 0.5  # of its peak: what still belongs to a region
_DIP = 1.5  # log odds by which a valley must fall below both of its sides to part two regions
_ENDS = 0.001  # probability that is taken off both ends, where log odds run away


@dataclass(frozen=True)
class Group:
    """A box in cells of the grid (half-open), which of its cells belong, and the mean of the surest quarter of them."""

    box: Box
    inside: NDArray[np.bool_]
    surest: float


def grouped(probability: Floats) -> list[Group]:
    """Regions of a rows x columns map of probabilities, the surest first."""
    smooth = np.asarray(cv2.GaussianBlur(probability, (0, 0), 0.6), np.float32)
    odds, above = _log_odds(smooth), smooth > _LEAST
    if not above.any():
        return []
    domes = reconstruction(odds - _DIP, odds)  # type: ignore[no-untyped-call]
    tops = np.asarray(local_maxima(domes, allow_borders=True)) & above  # type: ignore[no-untyped-call]
    seeds, count = ndimage.label(tops, np.ones((3, 3)))
    basins = np.asarray(watershed(-odds, seeds, mask=probability > _BORDER * _LEAST), np.int32)  # type: ignore[no-untyped-call]
    peaks = np.asarray(ndimage.maximum(probability, basins, range(count + 1)))
    basins[probability < _BORDER * peaks[basins]] = 0
    groups = [
        _group(probability, basins, index, place)
        for index, place in enumerate(ndimage.find_objects(basins, count), 1)
        if place is not None
    ]
    return sorted(groups, key=lambda group: -group.surest)


def _group(probability: Floats, basins: NDArray[np.int32], index: int, place: tuple[slice, slice]) -> Group:
    rows, columns = place
    inside = basins[place] == index
    values = np.sort(probability[place][inside])
    surest = float(values[-max(1, len(values) // 4) :].mean())
    box = (columns.start, rows.start, columns.stop, rows.stop)
    return Group(box, inside, surest)


def _log_odds(probability: Floats) -> Floats:
    clipped = np.clip(probability, _ENDS, 1 - _ENDS)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float32)
