"""What requests and records are made of, whoever keeps it."""

from typing import Protocol

from imgdiff.jobs import JobKind
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Edit


class RequestFacts(Protocol):
    """A settled request; `fields` only of a synthesis."""

    @property
    def kind(self) -> JobKind:
        """The kind of its job."""

    @property
    def options(self) -> Options:
        """Its options, policy and max_regions filled in."""

    @property
    def fields(self) -> SynthesisFields | None:
        """What to synthesise."""


class PairFacts(Protocol):
    """What is known of a pair before it is compared."""

    @property
    def caption1(self) -> str | None:
        """What image1 shows."""

    @property
    def caption2(self) -> str | None:
        """What image2 shows."""

    @property
    def edit(self) -> Edit | None:
        """How it was made."""
