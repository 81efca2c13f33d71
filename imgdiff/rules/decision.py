"""A decision: what a row of gates makes of one pair or region."""

from collections.abc import Iterable

from imgdiff.records import Reason
from imgdiff.rules.thresholds import Thresholds


class Decision:
    """The gates that fired, those of them that drop, and the first one that lacks the score it would drop by."""

    __slots__ = ("drops", "reasons", "unknown")

    def __init__(self, reasons: Iterable[Reason] = ()) -> None:
        self.reasons = list(reasons)
        self.drops = [reason.code for reason in self.reasons]
        self.unknown: str | None = None

    @property
    def kept(self) -> bool | None:
        """Whether it passes; null where a missing score decides."""
        if self.drops:
            return False
        return None if self.unknown else True

    def apply(self, thresholds: Thresholds, code: str, value: float | None, *, drops: bool = True) -> None:
        """Apply one gate to the value it measured; a gate that does not drop only reports."""
        fired = thresholds.fires(code, value)
        if fired:
            self.reasons.append(Reason(code=code, value=value, threshold=thresholds[code]))
            if drops:
                self.drops.append(code)
        elif fired is None and drops:
            self.doubt(code)

    def doubt(self, code: str) -> None:
        """Note that this gate may drop it."""
        self.unknown = self.unknown or code
