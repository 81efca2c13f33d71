"""The seam between a service's app and its backend: one owner thread, whole batches in, whole batches out."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from imgdiff.errors import ImgdiffError
from imgdiff.records import ModelUse
from services.serving.cancellation import Cancellation

_log = logging.getLogger(__name__)

Work = TypeVar("Work")
Answer = TypeVar("Answer")
Answer_co = TypeVar("Answer_co", covariant=True)


@dataclass(frozen=True)
class Ticket(Generic[Work]):
    """One request's work, parsed, with its cancellation."""

    work: Work
    cancellation: Cancellation = field(default_factory=Cancellation)


class Engine(Protocol[Work, Answer_co]):
    """A loaded backend. Only the owner thread calls it, so it needs no locks."""

    @property
    def backend(self) -> str:
        """Name of the backend, as in the settings."""

    @property
    def device(self) -> str:
        """Device it computes on."""

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """Weights it has loaded."""

    def warm_up(self) -> None:
        """Run every network once, so that the first request is as quick as the second."""

    def run(self, batch: Sequence[Ticket[Work]]) -> Sequence[Answer_co | ImgdiffError]:
        """One answer or error for each ticket, in order; the result does not depend on who shares the batch."""


def failed(error: Exception) -> ImgdiffError:
    """What the caller is told of an error that nobody foresaw; the log has the rest."""
    return ImgdiffError(f"the model failed: {type(error).__name__}")


def each(answer: Callable[[Work, Cancellation], Answer], batch: Sequence[Ticket[Work]]) -> list[Answer | ImgdiffError]:
    """Answer a batch one by one; one ticket's error, foreseen or not, leaves the others alone."""
    answers: list[Answer | ImgdiffError] = []
    for ticket in batch:
        try:
            ticket.cancellation.check()
            answers.append(answer(ticket.work, ticket.cancellation))
        except ImgdiffError as error:
            answers.append(error)
        except Exception as error:  # noqa: BLE001  the fault of one ticket is none of its neighbours'
            _log.exception("the model failed on one of a batch of %d", len(batch))
            answers.append(failed(error))
    return answers
