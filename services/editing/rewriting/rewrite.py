"""What a caption rewriter receives and returns; the rewriters themselves are backends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from imgdiff.records import ModelUse, Operation, Reason
from imgdiff.stages import EditingRequest


@dataclass(frozen=True)
class RewriteRequest:
    """One edit of one caption.

    `target` is the thing to edit, as a noun; null lets the rewriter choose. `replacement` is the new thing for replace
    and add, the colour for recolour, the number for recount, the side (`left`) for move. One seed gives one answer.
    """

    caption: str
    operation: Operation
    target: str | None
    replacement: str | None
    seed: int


@dataclass(frozen=True)
class Rewrite:
    """Both captions, which differ only by the edit; `before` and `after` are nouns in the singular.

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
        """The models it runs; none for a rewriter that only uses tables."""

    def rewrite(self, requests: Sequence[RewriteRequest]) -> list[Rewrite | Reason]:
        """One answer for each request, in order; none depends on the other requests.

        A Reason has a code `rewrite.*`. Raises ServiceUnavailable while the model is unavailable.
        """


def ask_for_caption(request: EditingRequest, seed: int) -> RewriteRequest | None:
    """The edit of the request's own caption, if it has one."""
    if request.caption is None:
        return None
    return RewriteRequest(request.caption, request.operation, request.target, request.replacement, seed)
