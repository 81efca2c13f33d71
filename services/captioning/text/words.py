"""Words: what lines consist of, and what was read of them."""

from dataclasses import dataclass, replace

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

    def share_spaces(self) -> "RegionText":
        """With the spaces of the text that has more, where only spaces differ: the reader misses them in scans."""
        if self.text1 is None or self.text2 is None or self.text1.replace(" ", "") != self.text2.replace(" ", ""):
            return self
        clearer = max(self.text1, self.text2, key=len)
        return replace(self, text1=clearer, text2=clearer)

    @property
    def same(self) -> bool:
        """Whether both images read the same."""
        return self.text1 is not None and self.text1 == self.text2
