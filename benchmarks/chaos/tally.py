"""What became of the jobs of some rounds of a fault, and its line in the table."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

HEAD = (
    "| fault | times | accepted | succeeded | lost | failed | duplicates | back, s | all ended, s | /livez p99, ms |",
    "|---|---|---|---|---|---|---|---|---|---|",
)
_COUNTS = ("faults", "accepted", "succeeded", "lost", "failed", "duplicates")
_AWAY = 0.01  # of the probes without an answer, with which there is no 99th percentile


@dataclass
class Tally:
    """Counts, and times in seconds.

    `back` is from the death of a worker to the next start of each stage that it held; `ended` from the last fault of a
    round to the end of its last job; `probes` what /livez took, infinite without an answer; `errors` are rounds that
    could not be finished.
    """

    faults: int = 0
    accepted: int = 0
    succeeded: int = 0
    duplicates: int = 0
    lost: int = 0
    failed: int = 0
    errors: int = 0
    back: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)

    @property
    def perfect(self) -> bool:
        """Whether every accepted job succeeded with exactly one record."""
        spoilt = self.duplicates or self.lost or self.failed or self.errors
        return self.accepted == self.succeeded and not spoilt

    def add(self, other: "Tally") -> None:
        """Count another round."""
        for name in (*_COUNTS, "errors"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.back += other.back
        self.ended += other.ended
        self.probes += other.probes


def row(name: str, tally: Tally) -> str:
    """A line of the table."""
    counts = (str(getattr(tally, count)) for count in _COUNTS)
    cells = (name, *counts, _spread(tally.back), _spread(tally.ended), _slowest(tally.probes))
    return f"| {' | '.join(cells)} |"


def _spread(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.1f} / {max(seconds):.1f}" if seconds else "-"


def _slowest(seconds: Sequence[float]) -> str:
    """The 99th percentile in milliseconds; "away" when the gateway itself was the one that did not answer."""
    if not seconds:
        return "-"
    at = sorted(seconds)[max(0, math.ceil((1 - _AWAY) * len(seconds)) - 1)]
    return "away" if math.isinf(at) else f"{1000 * at:.0f}"
