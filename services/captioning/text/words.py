"""Words: what lines consist of, and what was read of them."""

from dataclasses import dataclass, field, replace

from imgdiff.records import Box


@dataclass(frozen=True)
class Gap:
    """Bare columns between two glyphs, half-open, and whether they are wide enough for a space.

    `possible` gaps are spaces where the reader sees one, `likely` ones between letters and digits unless a narrow one
    leaves them, `sure` ones between any letters and digits, `wide` ones beside marks, too.
    """

    left: int
    right: int
    possible: bool
    likely: bool
    sure: bool
    wide: bool

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


@dataclass(frozen=True)
class Line:
    """A line of text: its box, and the gaps between its glyphs from left to right."""

    box: Box
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class Joint:
    """Where a word may be two: after how many characters, and the columns of the gap."""

    after: int
    left: int
    right: int


@dataclass(frozen=True)
class ReadWord:
    """A word as it was read, where it is, and the probability, 0..1, of its least sure character."""

    text: str
    score: float
    box: Box
    joints: tuple[Joint, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class RegionText:
    """What each image reads at a region, null where it has no text there; `moved` is the same text elsewhere.

    `within` says that the words came or went within a line that both images show; `score` is the probability, 0..1, of
    the least sure character.
    """

    text1: str | None
    text2: str | None
    moved: bool = False
    within: bool = False
    score: float = field(default=1.0, compare=False)

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
