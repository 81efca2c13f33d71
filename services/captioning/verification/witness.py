"""What a sentence about one region is checked against."""

from collections.abc import Mapping
from typing import Literal, Protocol

from imgdiff.records import Change

ImageNumber = Literal[1, 2]
IMAGES: tuple[ImageNumber, ImageNumber] = (1, 2)


def other(image: ImageNumber) -> ImageNumber:
    """The other image of the pair."""
    return 2 if image == 1 else 1


class Witness(Protocol):
    """Answers about one region of a pair; nouns are given in the singular, in lower case, without an article."""

    def shows(self, image: ImageNumber, noun: str) -> bool:
        """Whether that image shows such a thing inside the region's box."""

    def elsewhere(self, image: ImageNumber, noun: str) -> bool:
        """Whether that image shows such a thing outside the box."""

    def colours(self, image: ImageNumber) -> Mapping[str, float]:
        """Share, 0..1, of each basic colour term among the changed pixels; empty when that is unknown."""

    def count(self, image: ImageNumber, noun: str) -> int | None:
        """How many of them that image shows in the box; null when that is unknown."""

    def places(self) -> frozenset[str]:
        """Which of left, right, top, bottom and centre the box lies at; empty when that is unknown."""

    def destination(self) -> frozenset[str] | None:
        """The same of the place that the thing moved to; null where nothing moved."""

    def changes(self) -> frozenset[Change]:
        """Kinds of change that the evidence allows; empty when that is unknown."""

    def name(self, image: ImageNumber) -> str | None:
        """A noun for what that image shows in the box, without an article; null without evidence."""
