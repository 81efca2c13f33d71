"""Which of the images shows a thing at a region, and which shows ground, by the pixels alone.

Ground continues its surroundings: its colours occur around the region, and no contour follows the outline of the
change. `python -m training.naming` fits the weights on things pasted, removed and replaced.
"""

import math

import numpy as np

from services.imaging.colours import to_lab
from services.imaging.figure_ground import FLOOR, PairCrop, score_anomaly, score_outline

_WEIGHTS = 3.56, 1.94, -0.69, -2.61  # of `pixel_evidence`
_CONSTANT = -2.17
_VISIBLE = 4.0  # mean CIELAB distance inside
THING = 0.5  # probability at which an image is said to show a thing
BOTH = 0.65  # and at which both are: rather one thing that came than one in another's place


def presence(place: PairCrop) -> tuple[float, float]:
    """Probability, 0..1, that image1 and image2 show a thing there; none where they do not differ."""
    if not _visible(place):
        return 0.0, 0.0
    first, second = pixel_evidence(place)
    return _probability(first), _probability(second)


def pixel_evidence(place: PairCrop) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """For each image the logarithms of its own strangeness and contour, then of the other's."""
    strange, contour = score_anomaly(place), score_outline(place)
    logs = [(math.log(strange[side] + FLOOR), math.log(contour[side] + FLOOR)) for side in (0, 1)]
    return (*logs[0], *logs[1]), (*logs[1], *logs[0])


def _visible(place: PairCrop) -> bool:
    """Whether the two images differ by more than what recompression does."""
    one, two = (to_lab(crop)[place.inside] for crop in (place.crop1, place.crop2))
    return float(np.linalg.norm(one - two, axis=1).mean()) >= _VISIBLE


def _probability(evidence: tuple[float, ...]) -> float:
    total = sum(weight * value for weight, value in zip(_WEIGHTS, evidence, strict=True)) + _CONSTANT
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
