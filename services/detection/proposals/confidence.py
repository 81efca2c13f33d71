"""Confidence: the probability that a region of the change map is a change.

The surest cells of a region are a biased sample of it, so the map alone promises too much. The weights are logistic
regressions over regions of synthetic pairs of held-out pictures (`python -m training.calibrate`); a region counts as
right when at least a third of it changed.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from services.detection.proposals.grouping import Group, log_odds
from services.imaging.arrays import Floats

# Constant, then a weight for each number of `describe_plain`, and of `describe_whole`. The fit gives the light that no
# model explained a weight of -0.3; -0.6 was chosen on a third of 68 real unchanged pairs and 18 changed ones in other
# light. On the other two thirds it flags 7 of 32 unchanged pairs instead of 11; F1 in a parking lot stays (.82, .81).
PLAIN_WEIGHTS = (-6.784, 0.595, 0.537, 0.299, 1.407, 1.711, 0.199)  # of `describe_plain`
WHOLE_WEIGHTS = (-6.481, 0.065, 0.298, 0.405, 0.349, 0.289, -0.24, -0.237, 4.498, -0.6)  # of `describe_whole`
_VISIBLE = 1.5  # cells of a coarser map below which a region cannot be seen there; chosen, not measured
_SUREST = 4  # a quarter of a region's cells


@dataclass(frozen=True)
class Scene:
    """The pair's maps on one grid, rows x columns, and the light in grey levels that no model explained.

    `by_networks` is null where no network ran.
    """

    by_pixels: Floats
    by_networks: Floats | None
    unexplained: float

    def resize(self, rows: int, columns: int) -> "Scene":
        """The same on another grid."""
        pixels, networks = (
            None if each is None else cv2.resize(each, (columns, rows), interpolation=cv2.INTER_LINEAR)
            for each in (self.by_pixels, self.by_networks)
        )
        return Scene(np.asarray(pixels), None if networks is None else np.asarray(networks), self.unexplained)


def rate(group: Group, scene: Scene) -> float:
    """Probability, 0..1, that a group of cells of the scene's grid is a change."""
    if scene.by_networks is None:
        return _logistic(PLAIN_WEIGHTS, describe_plain(group, scene))
    return _logistic(WHOLE_WEIGHTS, describe_whole(group, scene))


def is_visible(group: Group, finer: tuple[int, int], coarser: tuple[int, int]) -> bool:
    """Whether a group on a grid of rows x columns can be seen on a coarser one."""
    x1, y1, x2, y2 = group.box
    return max(x2 - x1, y2 - y1) * coarser[1] / finer[1] >= _VISIBLE or coarser[1] >= finer[1]


def describe_plain(group: Group, scene: Scene) -> list[float]:
    """Numbers for the regression: odds by pixels, size, fill, how much of the pair changed, its light."""
    area = float(group.inside.sum())
    return [
        *_measure_odds(group, scene.by_pixels),
        math.log(area),
        float(group.inside.mean()),
        math.sqrt(float((scene.by_pixels > 0.5).mean())),
        math.log1p(scene.unexplained),
    ]


def describe_whole(group: Group, scene: Scene) -> list[float]:
    """The same with the odds by networks."""
    networks = scene.by_pixels if scene.by_networks is None else scene.by_networks
    area = float(group.inside.sum())
    both = np.minimum(scene.by_pixels, networks)
    return [
        *_measure_odds(group, scene.by_pixels),
        *_measure_odds(group, networks),
        math.log(area),
        math.log(area / both.size),
        float(group.inside.mean()),
        math.sqrt(float((both > 0.5).mean())),
        math.log1p(scene.unexplained),
    ]


def _measure_odds(group: Group, probability: Floats) -> tuple[float, float]:
    """Log odds of the mean of the surest quarter of a group's cells, and of their median."""
    x1, y1, x2, y2 = group.box
    values = np.sort(probability[y1:y2, x1:x2][group.inside])
    surest = float(values[-max(1, len(values) // _SUREST) :].mean())
    return log_odds(surest), log_odds(float(values[len(values) // 2]))


def _logistic(weights: tuple[float, ...], numbers: list[float]) -> float:
    value = weights[0] + sum(weight * number for weight, number in zip(weights[1:], numbers, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
