"""Text matcher: how well a text fits a crop, and two captions each other. The networks are backends."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from imgdiff.images import RGB
from imgdiff.records import ModelUse


class TextMatcher(Protocol):
    """Scores by a network with thresholds of its own. Only the engine's owner thread calls it."""

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The weights in use."""

    @property
    def calibrated(self) -> Mapping[str, float]:
        """The network's thresholds by reason code, where they are not the paper's."""

    def match(self, crops: Sequence[RGB], texts: Sequence[str]) -> Sequence[float]:
        """How well each text fits its crop (height x width x 3, RGB, 0..255), higher is better; in order.

        Crops may be any size down to one pixel, texts any length. No score depends on the other rows.
        """

    def alike(self, texts1: Sequence[str], texts2: Sequence[str]) -> Sequence[float]:
        """Cosines of the texts pair by pair, -1..1, in order."""


def round_scores(scores: Sequence[float]) -> list[float]:
    """The scores to four places; raises FloatingPointError where one is not finite, since it would pass every gate."""
    if not all(map(math.isfinite, scores)):
        raise FloatingPointError("a score is not finite")
    return [round(float(score), 4) for score in scores]
