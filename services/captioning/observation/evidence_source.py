"""Evidence source: what the claims about one region are checked against."""

from collections.abc import Mapping
from typing import Protocol

from imgdiff.evidence import ImageNumber
from imgdiff.records import Change

IMAGES: tuple[ImageNumber, ImageNumber] = (1, 2)
"""Both images of a pair, in order."""


def other(image: ImageNumber) -> ImageNumber:
    """The other image of the pair."""
    return 2 if image == 1 else 1


class EvidenceSource(Protocol):
    """Answers questions about one region of a pair. Nouns are in the singular, in lower case, without an article."""

    def shows(self, image: ImageNumber, noun: str) -> bool:
        """Whether the image shows such a thing inside the region's box."""

    def support(self, image: ImageNumber, noun: str) -> float:
        """Probability that the image shows such a thing there, 0..1."""

    def lacks(self, image: ImageNumber, noun: str) -> bool:
        """Whether nothing in the image speaks for such a thing in the box: absence needs evidence too."""

    def elsewhere(self, image: ImageNumber, noun: str) -> bool:
        """Whether the image shows such a thing outside the box."""

    def colours(self, image: ImageNumber) -> Mapping[str, float]:
        """Share, 0..1, of each basic colour term among the changed pixels; empty when unknown."""

    def count(self, image: ImageNumber, noun: str) -> int | None:
        """How many such things the image shows in the box; null when unknown."""

    def places(self) -> frozenset[str]:
        """Which of left, right, top, bottom and centre the box lies at; empty when unknown."""

    def destination(self) -> frozenset[str] | None:
        """The same for the place that the thing moved to; null where nothing moved."""

    def changes(self) -> frozenset[Change]:
        """Kinds of change that the evidence allows; empty when unknown."""

    def reads(self, image: ImageNumber, text: str) -> bool:
        """Whether the image reads so in the box; an ellipsis at the end stands for more."""
