"""Words: what lines consist of, and what was read of them."""

from dataclasses import dataclass

from imgdiff.records import Box


@dataclass(frozen=True)
class Joint:
    """A column where a word may be two, and whether its gap is rather a space."""

    at: int
    likely: bool


@dataclass(frozen=True)
class Word:
    """A word's box, of its line's height, and where it may be two words."""

    box: Box
    joints: tuple[Joint, ...] = ()


@dataclass(frozen=True)
class Line:
    """The words of one line of text, from left to right."""

    words: tuple[Word, ...]


@dataclass(frozen=True)
class ReadWord:
    """A word as it was read, where it is, and the probability, 0..1, of its least sure character."""

    text: str
    score: float
    box: Box


@dataclass(frozen=True)
class RegionText:
    """What each image reads at a region, null where it has no text there; `moved` is the same text elsewhere."""

    text1: str | None
    text2: str | None
    moved: bool = False

    @property
    def same(self) -> bool:
        """Whether both images read the same."""
        return self.text1 is not None and self.text1 == self.text2
