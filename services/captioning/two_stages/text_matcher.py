"""How well words fit a crop, and one caption another; the networks that measure it are backends."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from imgdiff.images import RGB
from imgdiff.records import ModelUse


class TextMatcher(Protocol):
    """Scores whose thresholds belong to the network that gave them. Only the engine's owner thread calls it."""

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """What it runs."""

    @property
    def calibrated(self) -> Mapping[str, float]:
        """This network's own thresholds by reason code, where they are not the paper's."""

    def match(self, crops: Sequence[RGB], texts: Sequence[str]) -> Sequence[float]:
        """How well each text fits its crop (height x width x 3, RGB, 0..255), higher is better; in order.

        Crops may be any size down to one pixel, texts any length. No score depends on the other rows.
        """

    def alike(self, texts1: Sequence[str], texts2: Sequence[str]) -> Sequence[float]:
        """Cosine of each text with the other at its place, -1..1; in order."""
