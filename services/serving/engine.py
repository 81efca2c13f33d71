"""The interface between a service's app and its backend: whole batches in, whole batches out, in one thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, Protocol, TypeVar

from imgdiff.errors import ImgdiffError
from imgdiff.records import ModelUse
from services.serving.cancellation import Cancellation
from services.serving.isolation import isolate

MODEL_FAILED = "the model failed"

Work = TypeVar("Work")
Answer = TypeVar("Answer")
Answer_co = TypeVar("Answer_co", covariant=True)


@dataclass(frozen=True)
class Ticket(Generic[Work]):
    """One parsed request with its cancellation."""

    work: Work
    cancellation: Cancellation = field(default_factory=Cancellation)


class Engine(Protocol[Work, Answer_co]):
    """A loaded backend. Only the model thread calls it, so it needs no locks."""

    @property
    def backend(self) -> str:
        """Name of the backend, as in the settings."""

    @property
    def device(self) -> str:
        """Device that it runs on."""

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """Loaded weights."""

    def warm_up(self) -> None:
        """Run every network one time, so that the first request is as fast as later ones."""

    def run(self, batch: Sequence[Ticket[Work]]) -> Sequence[Answer_co | ImgdiffError]:
        """One answer or error for each ticket, in order; no answer depends on the rest of the batch."""


def answer_each(
    answer: Callable[[Work, Cancellation], Answer], batch: Sequence[Ticket[Work]]
) -> list[Answer | ImgdiffError]:
    """Answer a batch one ticket at a time; an error of one leaves the others alone."""

    def run(ticket: Ticket[Work]) -> Answer:
        ticket.cancellation.check()
        return answer(ticket.work, ticket.cancellation)

    return [isolate(MODEL_FAILED, partial(run, ticket)) for ticket in batch]
