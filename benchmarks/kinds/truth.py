"""What is known of a made pair: the changes with their exact places, and what differs as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box, Change, Verdict
from imgdiff.whole_pair import PairChangeKind
from services.imaging.masks import bounds


@dataclass(frozen=True)
class KnownChange:
    """One change. `box` is null where only image2 extends there, at `box2`; `also_at` is where a moved thing came to.

    `roughly` is the whole word or line of a text, which is as good a place as its changed pixels.

    `changes` are the kinds that a person could call it. Nouns and texts are null where an image shows none.
    """

    box: Box | None
    changes: frozenset[Change]
    box2: Box | None = None
    also_at: Box | None = None
    roughly: Box | None = None
    noun1: str | None = None
    noun2: str | None = None
    text1: str | None = None
    text2: str | None = None


@dataclass(frozen=True)
class MadePair:
    """Two images and what is true of them.

    `pair_changes` must be stated, `may_state` may be; compression, noise and scale may always be. `verdicts` are right.
    With `everywhere` the regions are not judged, because nearly all pixels differ.
    """

    kind: str
    image1: RGB
    image2: RGB
    changes: tuple[KnownChange, ...] = ()
    pair_changes: frozenset[PairChangeKind] = frozenset()
    may_state: frozenset[PairChangeKind] = frozenset()
    verdicts: frozenset[Verdict] = frozenset({Verdict.DIFFERENT})
    everywhere: bool = False
    drawn: bool = False


def find_difference(image1: RGB, image2: RGB, places: Sequence[Box]) -> Box | None:
    """The bounds of the pixels that differ inside the places; null where none does."""
    differs = (image1 != image2).any(axis=2)
    inside = np.zeros_like(differs)
    for x1, y1, x2, y2 in places:
        inside[max(0, y1) : y2, max(0, x1) : x2] = True
    return bounds(differs & inside) if (differs & inside).any() else None
