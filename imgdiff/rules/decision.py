"""A decision: what a row of gates makes of one pair or region."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from imgdiff.records import Reason
from imgdiff.rules.thresholds import Thresholds


@dataclass(slots=True)
class Decision:
    """The gates that fired, the codes of those that drop, and the first gate whose missing score might drop."""

    reasons: list[Reason] = field(default_factory=list)
    drops: list[str] = field(default_factory=list)
    unknown: str | None = None

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
            self.reasons.append(Reason(code=code, value=value, threshold=thresholds.values[code]))
            if drops:
                self.drops.append(code)
        elif fired is None and drops:
            self.doubt(code)

    def doubt(self, code: str) -> None:
        """Note that this gate may drop it."""
        self.unknown = self.unknown or code


def rejected(reasons: Sequence[Reason]) -> Decision:
    """Dropped for all of these reasons."""
    return Decision(list(reasons), [reason.code for reason in reasons])
