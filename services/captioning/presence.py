"""Which of the images shows a thing at a region, and which shows ground, by the pixels alone.

Ground continues its surroundings: its colours occur around the region, and no contour follows the outline of the
change. `python -m training.naming` fits the weights on things pasted, removed and replaced.
"""

import math

import numpy as np

from services.embedded.pixels import lab_of
from services.embedded.places import Place, contours, strangeness

_OWN, _OTHER = (3.56, 1.94), (-0.69, -2.61)  # weights of the logarithms of strangeness and contour
_CONSTANT = -2.17
_VISIBLE = 4.0  # mean CIELAB distance inside
_FLOOR = 2.0  # CIELAB distance below which colours count as equal
THING = 0.5  # probability at which an image is said to show a thing
BOTH = 0.65  # and at which both are: rather one thing that came than one in another's place


def visible(place: Place) -> bool:
    """Whether the two images differ there by more than what recompression does."""
    one, two = (lab_of(window)[place.inside] for window in (place.window1, place.window2))
    return float(np.linalg.norm(one - two, axis=1).mean()) >= _VISIBLE


def presence(place: Place) -> tuple[float, float]:
    """Probability, 0..1, that image1 and image2 show a thing there."""
    strange, contour = strangeness(place), contours(place)
    logs = [(math.log(strange[side] + _FLOOR), math.log(contour[side] + _FLOOR)) for side in (0, 1)]
    first, second = (_probability(logs[side], logs[1 - side]) for side in (0, 1))
    return first, second


def _probability(own: tuple[float, float], other: tuple[float, float]) -> float:
    sums = (weight * value for weight, value in zip((*_OWN, *_OTHER), (*own, *other), strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, sum(sums) + _CONSTANT))))
