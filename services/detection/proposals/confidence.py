"""Confidence: the probability that a region of the change map is a change.

The surest cells of a region are a biased sample of it, so the map alone promises too much. The weights are logistic
regressions over regions of held-out synthetic pairs (`python -m training.calibrate`); a region counts as right when at
least a third of it changed.
"""

import math

import numpy as np

from services.detection.proposals.grouping import Group, log_odds
from services.imaging.arrays import Floats

# Constant, then weights of log odds.
_WITH_NETWORKS = -2.45, 0.97  # of a region of the map with networks
_WITHOUT_NETWORKS = -2.68, 1.03  # of a region of the map without networks
_BOTH = -2.43, 0.29, 0.74  # of a region of the map without networks, then of the map with them
_VISIBLE = 1.5  # cells of a coarser map below which a region cannot be seen there; chosen, not measured
_NEAR_PEAK = 0.9  # quantile of another map inside a region


def rate_with_networks(group: Group) -> float:
    """Of a region of the map with networks."""
    return _logistic(_WITH_NETWORKS[0] + _WITH_NETWORKS[1] * log_odds(group.surest))


def rate_without_networks(group: Group) -> float:
    """Of a region of the map without networks when these did not run."""
    return _logistic(_WITHOUT_NETWORKS[0] + _WITHOUT_NETWORKS[1] * log_odds(group.surest))


def rate_by_both(group: Group, grid: tuple[int, int], whole: Floats) -> float:
    """Of a region of the map without networks (rows x columns), given the one with them where it can be seen there."""
    x1, y1, x2, y2 = group.box
    if max(x2 - x1, y2 - y1) * whole.shape[1] / grid[1] < _VISIBLE and whole.shape[1] < grid[1]:
        return rate_without_networks(group)
    return _logistic(_BOTH[0] + _BOTH[1] * log_odds(group.surest) + _BOTH[2] * log_odds(look_up(group, grid, whole)))


def look_up(group: Group, grid: tuple[int, int], probability: Floats) -> float:
    """The 90 % quantile of another map inside a group's box, which is on a grid of rows x columns."""
    down, across = probability.shape[0] / grid[0], probability.shape[1] / grid[1]
    x1, y1, x2, y2 = group.box
    rows = slice(int(y1 * down), max(int(y1 * down) + 1, math.ceil(y2 * down)))
    columns = slice(int(x1 * across), max(int(x1 * across) + 1, math.ceil(x2 * across)))
    inside = probability[rows, columns]
    return float(np.quantile(inside, _NEAR_PEAK)) if inside.size else 0.0


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))
