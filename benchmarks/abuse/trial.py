"""What one kind of abuse did: how it ended, what it cost, and what should not have happened, with evidence."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

HEAD = (
    "| abuse | sent | answered | 5xx, hung | seconds, slowest answer | most memory, MB (before) | jobs that it made |",
    "|---|---|---|---|---|---|---|",
)
FILE = "FILE"  # in a command, for its name
_NO_NAME = re.compile(r"[^a-z0-9]+")


@dataclass
class Trial:
    """One row of the table; `findings` are sentences, and what proves each is a file in `evidence`."""

    name: str
    evidence: Path
    endings: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    slowest: float = 0.0
    seconds: float = 0.0
    before: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)

    def note(self, ending: str, seconds: float) -> None:
        """Count one answer."""
        self.endings[ending] += 1
        self.slowest = max(self.slowest, seconds)

    def find(self, what: str, name: str, data: bytes, again: str) -> None:
        """Keep what should not have happened; `again` is the command that sends it again, with FILE for the file."""
        self.evidence.mkdir(parents=True, exist_ok=True)
        file = self.evidence / f"{len(self.findings)}-{_NO_NAME.sub('-', name.lower())[:60]}"
        file.write_bytes(data)
        self.findings.append(f"{name}: {what}\n    {again.replace(FILE, str(file))}")
        print(f"FOUND {self.findings[-1]}", flush=True)

    def find_errors(self, logged: list[str]) -> None:
        """Keep what the gateway logged of errors that it did not expect."""
        for error in logged:
            self.find("an error in the gateway's log", self.name, error.encode(), f"cat {FILE}")

    @property
    def row(self) -> str:
        """Of the table."""
        bad = sum(number for ending, number in self.endings.items() if ending == "hung" or is_fault(ending))
        answered = ", ".join(f"{number} {ending}" for ending, number in sorted(self.endings.items()))
        memory = ", ".join(
            f"{name} {peak:.0f} ({self.before[name]:.0f})" for name, peak in self.peaks.items() if name != "redis"
        )
        jobs = ", ".join(f"{number} {state}" for state, number in self.jobs.items() if number) or "none"
        cells = (
            self.name,
            self.endings.total(),
            answered,
            bad,
            f"{self.seconds:.0f}, {self.slowest:.1f}",
            memory,
            jobs,
        )
        return f"| {' | '.join(map(str, cells))} |"


def is_fault(status: str) -> bool:
    """Whether it is a 5xx; 503 comes with a time to wait, which `refusal` looks at."""
    return status.startswith("5") and status != "503"


def refusal(answer: httpx.Response) -> str | None:
    """What is wrong with an answer, if it is one of 5xx: only 503 that says when to come again is none."""
    if answer.status_code == 503 and "retry-after" in answer.headers:
        return None
    return f"{answer.status_code}: {answer.text[:500]}" if answer.status_code >= 500 else None
