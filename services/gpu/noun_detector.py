"""Noun detector: where an image shows any noun; detection proposes places by it, captioning asks it for presence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.images import RGB
from imgdiff.records import Box, ModelUse
from services.imaging.arrays import Flags


@dataclass(frozen=True)
class FoundNoun:
    """One thing: a half-open box in the image's pixels, a score 0..1, and the mask inside the box, if there is one."""

    box: Box
    score: float
    mask: Flags | None = None


class NounDetector(Protocol):
    """A network without a list of classes. Only the engine's owner thread calls it. It needs torch, this module not."""

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The weights in use."""

    @property
    def least_score(self) -> float:
        """The score that what it reports exceeds."""

    def find(self, questions: Sequence[tuple[RGB, str]]) -> list[list[FoundNoun]]:
        """All such things in each image (height x width x 3, RGB, 0..255), best first; in order.

        Nouns are in the singular, in lower case, without an article. No answer depends on the other questions.
        """
