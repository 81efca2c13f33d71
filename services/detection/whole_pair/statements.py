"""What was stated of a pair as a whole."""

from dataclasses import dataclass

from imgdiff.pair_changes import PairChange


@dataclass(frozen=True)
class Statements:
    """What differs as a whole, the share of either image that the other shows, and whether light hides changes."""

    changes: tuple[PairChange, ...] = ()
    shared: float = 1.0
    other_light: bool = False
