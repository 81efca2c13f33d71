"""Benchmarks as lists of samples: images, a prompt, and the right option or reference sentences."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Task = Literal["choices", "captions"]


@dataclass(frozen=True)
class Sample:
    """One question about one image, or about two with the one before the change first.

    Where options are given, `letters` are theirs in lower case and `answer` is one of them; else `references` are
    sentences that people wrote. Samples of one `group` are also counted as right together.
    """

    id: str
    images: tuple[Path, ...]
    prompt: str
    letters: str = ""
    answer: str = ""
    references: tuple[str, ...] = ()
    group: str | None = None
    category: str | None = None


@dataclass(frozen=True)
class Benchmark:
    """The samples of a benchmark; `skipped` are entries of its file that hold nothing to score against."""

    name: str
    task: Task
    samples: tuple[Sample, ...]
    skipped: int = 0
