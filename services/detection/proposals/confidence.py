"""Confidence: the probability that a region of the change map is a change.

The surest cells of a region are no fair sample of it, so what the map says there is too much. The numbers are logistic
regressions over regions of held-out made pairs (`python -m training.calibrate`): right is a region of which at least a
third truly changed.
"""

import math

import numpy as np

from services.detection.proposals.grouping import Group
from services.imaging.arrays import Floats

LIKELY = 0.5
_ENDS = 0.001  # probability that is taken off both ends, where log odds run away
_WITH = -2.45, 0.97  # with networks: constant, odds
_WITHOUT = -2.68, 1.03  # without
_SEEN = 1.5  # cells of a coarser map below which a region cannot be told there
_BOTH = -2.43, 0.29, 0.74  # found without and looked up with: constant, own odds, odds with


def with_networks(group: Group) -> float:
    """Of a region of the map with networks."""
    return _logistic(_WITH[0] + _WITH[1] * odds(group.surest))


def without_networks(group: Group) -> float:
    """Of a region of the map without networks, when these were not asked."""
    return _logistic(_WITHOUT[0] + _WITHOUT[1] * odds(group.surest))


def looked_up(group: Group, grid: tuple[int, int], whole: Floats) -> float:
    """Of a region of the map without networks (rows x columns), given the one with them where that can see it."""
    x1, y1, x2, y2 = group.box
    if max(x2 - x1, y2 - y1) * whole.shape[1] / grid[1] < _SEEN and whole.shape[1] < grid[1]:
        return without_networks(group)
    return _logistic(_BOTH[0] + _BOTH[1] * odds(group.surest) + _BOTH[2] * odds(at(group, grid, whole)))


def at(group: Group, grid: tuple[int, int], probability: Floats) -> float:
    """Nearly the most (90 % quantile) that another map says inside a group's box on a grid of rows x columns."""
    down, across = probability.shape[0] / grid[0], probability.shape[1] / grid[1]
    x1, y1, x2, y2 = group.box
    rows = slice(int(y1 * down), max(int(y1 * down) + 1, math.ceil(y2 * down)))
    columns = slice(int(x1 * across), max(int(x1 * across) + 1, math.ceil(x2 * across)))
    inside = probability[rows, columns]
    return float(np.quantile(inside, 0.9)) if inside.size else 0.0


def odds(probability: float) -> float:
    """Their logarithm, bounded."""
    most = min(max(probability, _ENDS), 1 - _ENDS)
    return math.log(most / (1 - most))


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))
