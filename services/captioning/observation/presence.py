"""Presence: which of the images shows a thing at a region and which shows ground, from pixels alone.

Ground continues its surroundings: its colours occur around the region, and no contour follows the outline of the
change. `python -m training.naming` fits the weights on things pasted, removed and replaced.
"""

import math

import numpy as np

from services.captioning.limits import CLEARLY_ONE_SIDED, GROUND_ANOMALY, GROUND_OUTLINE, VISIBLE_DIFFERENCE
from services.imaging.colours import to_lab
from services.imaging.figure_ground import FLOOR, PairCrop, score_anomaly, score_outline

# Logistic regression over `pixel_evidence`, fitted by `python -m training.naming`.
_WEIGHTS = 3.56, 1.94, -0.69, -2.61
_CONSTANT = -2.17  # fitted with them


def presence(pair: PairCrop) -> tuple[float, float]:
    """Probability, 0..1, that image1 and image2 show a thing there; 0 where they do not differ."""
    if not _differ(pair):
        return 0.0, 0.0
    first, second = pixel_evidence(pair)
    return _probability(first), _probability(second)


def is_one_sided(pair: PairCrop) -> bool:
    """Whether one image clearly shows a thing, and the other what looks like ground by itself."""
    (odds1, evidence1), (odds2, evidence2) = ((_log_odds(one), one) for one in pixel_evidence(pair))
    anomaly, outline = (math.exp(value) - FLOOR for value in (evidence1 if odds1 < odds2 else evidence2)[:2])
    return abs(odds1 - odds2) >= CLEARLY_ONE_SIDED and anomaly <= GROUND_ANOMALY and outline <= GROUND_OUTLINE


def pixel_evidence(pair: PairCrop) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """For each image the logarithms of its own anomaly and outline scores, then of the other's."""
    anomaly, outline = score_anomaly(pair), score_outline(pair)
    logs = [(math.log(anomaly[side] + FLOOR), math.log(outline[side] + FLOOR)) for side in (0, 1)]
    return (*logs[0], *logs[1]), (*logs[1], *logs[0])


def _differ(pair: PairCrop) -> bool:
    """Whether the two images differ by more than recompression explains."""
    one, two = (to_lab(crop)[pair.inside] for crop in (pair.crop1, pair.crop2))
    return float(np.linalg.norm(one - two, axis=1).mean()) >= VISIBLE_DIFFERENCE


def _probability(evidence: tuple[float, ...]) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, _log_odds(evidence)))))


def _log_odds(evidence: tuple[float, ...]) -> float:
    return sum(weight * value for weight, value in zip(_WEIGHTS, evidence, strict=True)) + _CONSTANT
