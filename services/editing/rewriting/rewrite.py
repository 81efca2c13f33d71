"""What caption editing is asked for and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.records import ModelUse, Operation, Reason


@dataclass(frozen=True)
class RewriteOrder:
    """A caption and the edit that is wanted of what it shows; target and replacement are nouns, or chosen if None."""

    caption: str
    operation: Operation
    target: str | None
    replacement: str | None
    seed: int


@dataclass(frozen=True)
class Rewrite:
    """The caption before and after the edit, and the nouns of what was and is there."""

    caption1: str
    caption2: str
    before: str | None
    after: str | None


class Rewriter(Protocol):
    """Edits captions."""

    models: tuple[ModelUse, ...]

    def rewrite(self, orders: Sequence[RewriteOrder]) -> list[Rewrite | Reason]:
        """For each order its captions, or why there are none."""
