"""How well predicted boxes match the true ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from imgdiff.boxes import iou
from imgdiff.records import Box

IOU = 0.3  # least overlap of a match; chosen, not measured


def count_matches(predicted: Sequence[Box], true: Sequence[Box], least: float = IOU) -> int:
    """How many predicted boxes match a true one: greedily by IoU, each box used once."""
    ranked = sorted(((iou(p, t), i, j) for i, p in enumerate(predicted) for j, t in enumerate(true)), reverse=True)
    used: tuple[set[int], set[int]] = set(), set()
    for value, i, j in ranked:
        if value >= least and i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
    return len(used[0])


@dataclass
class Tally:
    """Counts over pairs; `flagged` of the `unchanged` ones had a region."""

    true: int = 0
    predicted: int = 0
    hits: int = 0
    unchanged: int = 0
    flagged: int = 0
    pairs: int = 0
    seconds: float = 0.0

    def add(self, predicted: Sequence[Box], true: Sequence[Box] | None, seconds: float) -> None:
        """Count one pair; `true` is empty for an unchanged one, null where only the time counts."""
        self.pairs += 1
        self.seconds += seconds
        if true is None:
            return
        if not true:
            self.unchanged += 1
            self.flagged += bool(predicted)
            return
        self.true += len(true)
        self.predicted += len(predicted)
        self.hits += count_matches(predicted, true)

    @property
    def recall(self) -> float | None:
        """Share of true boxes that were found."""
        return self.hits / self.true if self.true else None

    @property
    def precision(self) -> float | None:
        """Share of predicted boxes that are true; 0 where nothing was predicted."""
        return self.hits / max(1, self.predicted) if self.true else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of recall and precision."""
        return 2 * self.hits / (self.true + self.predicted) if self.true else None

    @property
    def alarms(self) -> float | None:
        """Share of unchanged pairs on which something was reported."""
        return self.flagged / self.unchanged if self.unchanged else None
