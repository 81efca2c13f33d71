"""What the Difference Area Generator needs of a segmenter: the objects of an image, as boxes and masks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.arrays import Flags


@dataclass(frozen=True)
class Segment:
    """One object of an image: a tight half-open box in the image's pixels and the mask inside it, (y2-y1) x (x2-x1)."""

    box: Box
    mask: Flags


class Segmenter(Protocol):
    """Finds everything that could be an object, whether it differs or not."""

    def segment(self, images: Sequence[RGB]) -> Sequence[Sequence[Segment]]:
        """The segments of every image (height x width x 3, RGB, 0..255), in order; an image may have none.

        The segments of an image do not depend on the other images.
        """


@runtime_checkable
class PromptedSegmenter(Protocol):
    """Finds the things that nouns name. Pairs without nouns go to `otherwise`, where there is one."""

    otherwise: Segmenter | None

    def segment_nouns(self, images: Sequence[RGB], nouns: Sequence[Sequence[str]]) -> Sequence[Sequence[Segment]]:
        """The segments of every image that any of its own nouns names, as `Segmenter` has them; in order."""
