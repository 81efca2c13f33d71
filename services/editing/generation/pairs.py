"""Planned and generated pairs: the protocols between the generator, its makers and its judge."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from imgdiff.images import RGB
from imgdiff.records import ModelUse, Reason
from imgdiff.seeds import derive
from imgdiff.stages import EditingRequest
from services.editing.generation.candidates import Likeness
from services.editing.rewriting.rewrite import Rewrite, RewriteRequest
from services.editing.schema import EditWork
from services.imaging.arrays import Flags

Candidate = TypeVar("Candidate")

UNREAD = Reason(code="edit.unread")
"""The networks do not read the whole text."""


@dataclass(frozen=True)
class PlannedPair(Generic[Candidate]):
    """A pair before it is made: both captions, the nouns before and after, and one or more candidates to make.

    `instruction` is what an editing model is told; `parameters` are what the record reports of each candidate.
    """

    captions: tuple[str | None, str | None]
    nouns: tuple[str | None, str | None]
    candidates: tuple[Candidate, ...]
    parameters: tuple[Mapping[str, float], ...]
    instruction: str | None = None


@dataclass(frozen=True)
class GeneratedPair:
    """The images of one pair (H x W x 3).

    `attended` is the place of the exchanged nouns (H x W) by the network's own attention, if it is known.
    """

    image1: RGB
    image2: RGB
    attended: Flags | None = None


class PairMaker(Protocol[Candidate]):
    """Plans and makes pairs in its own way; each pair depends only on its own request."""

    models: tuple[ModelUse, ...]
    candidates: int
    """How many are made for one pair."""

    def accepts(self, work: EditWork) -> bool:
        """Whether it can answer the request."""

    def ask(self, work: EditWork) -> RewriteRequest | Reason | None:
        """What the caption rewriter is asked first, if anything, or why there is no pair."""

    def plan(
        self, work: EditWork, rewrite: Rewrite | None, cancelled: Callable[[], bool]
    ) -> PlannedPair[Candidate] | Reason:
        """The pair of a request with the rewriter's answer, or why there is none."""

    def make(self, candidates: Sequence[Candidate]) -> list[GeneratedPair | Reason | None]:
        """One for each candidate, a reason where it failed, None where it was cancelled.

        Raises ServiceUnavailable where memory ran out.
        """

    def warm_up(self) -> list[GeneratedPair | Reason | None]:
        """Make one pair, so that every network has run."""


class PairJudge(Protocol):
    """Scores how well images and captions match."""

    models: tuple[ModelUse, ...]

    def __call__(self, pairs: Sequence[tuple[RGB, RGB]], captions: Sequence[tuple[str, str]]) -> list[Likeness]:
        """One for each pair with its captions; raises ServiceUnavailable where memory ran out."""


def derive_seed(request: EditingRequest, *parts: int | str) -> int:
    """A seed of this pair in this round, another one for other parts."""
    return derive(request.seed, request.index, request.round, *parts)
