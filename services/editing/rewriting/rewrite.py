"""What a caption's rewriter is asked and what it answers; the rewriters themselves are backends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.records import ModelUse, Operation, Reason


@dataclass(frozen=True)
class RewriteOrder:
    """One edit of one caption.

    `target` is the thing to edit, as a noun; null lets the rewriter choose. `replacement` is the new thing for replace
    and add, the colour for recolour, the number for recount, the side (`left`) for move. One `seed`, one answer.
    """

    caption: str
    operation: Operation
    target: str | None
    replacement: str | None
    seed: int


@dataclass(frozen=True)
class Rewrite:
    """Both captions, which differ in what was ordered only; `before` and `after` are nouns in the singular.

    `caption1` is the given caption in one line without control characters. `before` is null for add,
    `after` for remove.
    """

    caption1: str
    caption2: str
    before: str | None
    after: str | None


class Rewriter(Protocol):
    """Edits captions. Only the engine's owner thread calls it."""

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """What it runs; none where it is all tables."""

    def rewrite(self, orders: Sequence[RewriteOrder]) -> list[Rewrite | Reason]:
        """One answer for each order, in the same sequence; none depends on the other orders.

        A Reason has a code `rewrite.*`. Raises ServiceUnavailable when the model cannot be had for the moment.
        """
