"""Confidence: the probability that a region of the change map is a change.

The surest cells of a region are a biased sample of it, so the map alone promises too much. The weights are logistic
regressions over regions of synthetic pairs of held-out pictures (`python -m training.calibrate`); a region counts as
right when at least a third of it changed.
"""

import math

import numpy as np

from services.detection.evidence.change_maps import ChangeMaps
from services.detection.proposals.grouping import Group, log_odds
from services.imaging.arrays import Floats

# Constant, then a weight for each number of `describe`. The fit gives the light that no
# model explained a weight of -0.3; -0.6 was chosen on a third of 68 real unchanged pairs and 18 changed ones in other
# light. On the other two thirds it flags 7 of 32 unchanged pairs instead of 11; F1 in a parking lot stays (.82, .81).
PLAIN_WEIGHTS = (-6.784, 0.595, 0.537, 0.299, 1.407, 1.711, 0.199)  # without networks
WHOLE_WEIGHTS = (-6.481, 0.065, 0.298, 0.405, 0.349, 0.289, -0.24, -0.237, 4.498, -0.6)  # with them
_VISIBLE = 1.5  # cells of a coarser map below which a region cannot be seen there; chosen, not measured
_SUREST = 4  # a quarter of a region's cells


def rate(group: Group, maps: ChangeMaps, unexplained: float) -> float:
    """Probability, 0..1, that a group of cells of the maps' grid is a change.

    `unexplained` is the light in grey levels that no model explained.
    """
    weights = PLAIN_WEIGHTS if maps.by_networks is None else WHOLE_WEIGHTS
    return _logistic(weights, describe(group, maps, unexplained))


def is_visible(group: Group, finer: tuple[int, int], coarser: tuple[int, int]) -> bool:
    """Whether a group on a grid of rows x columns can be seen on a coarser one."""
    x1, y1, x2, y2 = group.box
    return max(x2 - x1, y2 - y1) * coarser[1] / finer[1] >= _VISIBLE or coarser[1] >= finer[1]


def describe(group: Group, maps: ChangeMaps, unexplained: float) -> list[float]:
    """Numbers for the regression: odds by pixels, size, fill, how much of the pair changed, its light.

    Where networks ran, their odds come after those by pixels, and the size relative to the pair after the size.
    """
    size = math.log(group.inside.sum())
    odds, sizes = [*_measure_odds(group, maps.by_pixels)], [size]
    if maps.by_networks is not None:
        odds += _measure_odds(group, maps.by_networks)
        sizes.append(size - math.log(maps.by_networks.size))
    return [*odds, *sizes, float(group.inside.mean()), math.sqrt(maps.share), math.log1p(unexplained)]


def _measure_odds(group: Group, probability: Floats) -> tuple[float, float]:
    """Log odds of the mean of the surest quarter of a group's cells, and of their median."""
    x1, y1, x2, y2 = group.box
    values = np.sort(probability[y1:y2, x1:x2][group.inside])
    surest = float(values[-max(1, len(values) // _SUREST) :].mean())
    return log_odds(surest), log_odds(float(values[len(values) // 2]))


def _logistic(weights: tuple[float, ...], numbers: list[float]) -> float:
    value = weights[0] + sum(weight * number for weight, number in zip(weights[1:], numbers, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
