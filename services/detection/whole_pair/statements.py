"""What was stated of a pair as a whole."""

from dataclasses import dataclass

from imgdiff.pair_changes import PairChange, PairChangeKind


@dataclass(frozen=True)
class Statements:
    """What differs as a whole, and the share of either image that the other shows."""

    changes: tuple[PairChange, ...] = ()
    shared: float = 1.0

    @property
    def other_light(self) -> bool:
        """Whether light or weather differs so much that it may hide changes."""
        return any(change.kind is PairChangeKind.WEATHER for change in self.changes)
