"""Grouping: cells of the change map that probably changed become regions, the doubtful ones too."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import local_maxima, reconstruction
from skimage.segmentation import watershed

from imgdiff.records import Box
from services.detection.limits import REGION_BORDER, REGION_PEAK
from services.imaging.arrays import Flags, Floats

_SMOOTHING = 0.6  # sigma in cells; chosen, not measured
_DIP = 1.5  # log odds by which a valley must fall below both its sides to split a region; chosen, not measured
_ENDS = 0.001  # probability cut off at both ends, where log odds diverge


@dataclass(frozen=True)
class Group:
    """A box in cells of the grid (half-open), which of its cells belong, and the mean of their surest quarter."""

    box: Box
    inside: Flags
    surest: float


def group_cells(probability: Floats) -> list[Group]:
    """Split a rows x columns map of probabilities into regions by a watershed, the surest first."""
    smooth = np.asarray(cv2.GaussianBlur(probability, (0, 0), _SMOOTHING), np.float32)
    odds, above = _map_log_odds(smooth), smooth > REGION_PEAK
    if not above.any():
        return []
    domes = reconstruction(odds - _DIP, odds)  # type: ignore[no-untyped-call]
    tops = np.asarray(local_maxima(domes, allow_borders=True)) & above  # type: ignore[no-untyped-call]
    seeds, count = ndimage.label(tops, np.ones((3, 3)))
    mask = probability > REGION_BORDER * REGION_PEAK
    basins = np.asarray(watershed(-odds, seeds, mask=mask), np.int32)  # type: ignore[no-untyped-call]
    peaks = np.asarray(ndimage.maximum(probability, basins, range(count + 1)))
    basins[probability < REGION_BORDER * peaks[basins]] = 0
    groups = [
        _make_group(probability, basins, index, place)
        for index, place in enumerate(ndimage.find_objects(basins, count), 1)
        if place is not None
    ]
    return sorted(groups, key=lambda group: -group.surest)


def log_odds(probability: float) -> float:
    """Bounded at both ends."""
    bounded = min(max(probability, _ENDS), 1 - _ENDS)
    return math.log(bounded / (1 - bounded))


def _make_group(probability: Floats, basins: NDArray[np.int32], index: int, place: tuple[slice, slice]) -> Group:
    rows, columns = place
    inside = basins[place] == index
    values = np.sort(probability[place][inside])
    surest = float(values[-max(1, len(values) // 4) :].mean())
    return Group((columns.start, rows.start, columns.stop, rows.stop), inside, surest)


def _map_log_odds(probability: Floats) -> Floats:
    clipped = np.clip(probability, _ENDS, 1 - _ENDS)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float32)
