"""What takes several requests, as generators: they yield a call to send or seconds to sleep, and a shell obliges."""

import time
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

import httpx

from imgdiff.client import calls
from imgdiff.client.calls import Call
from imgdiff.client.failures import Outcome, failure, retry_after
from imgdiff.client.retries import Retries
from imgdiff.errors import DeadlineExceeded
from imgdiff.jobs import Job

Answer = TypeVar("Answer")
Step = Call[object] | float
Flow = Generator[Step, Outcome | None, Answer]

POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Deadline:
    """The end of the caller's patience, on the monotonic clock; None is endless."""

    seconds: float | None
    started: float = field(default_factory=time.monotonic)

    def left(self) -> float:
        """Seconds left; raises DeadlineExceeded when there are none."""
        if self.seconds is None:
            return float("inf")
        left = self.started + self.seconds - time.monotonic()
        if left <= 0:
            raise DeadlineExceeded(f"not done within {self.seconds:g} seconds; the job goes on")
        return left


ENDLESS = Deadline(None)


def answered(call: Call[Answer], retries: Retries, url: str, deadline: Deadline = ENDLESS) -> Flow[httpx.Response]:
    """The successful response to a call; raises the typed error of the outcome that stands."""
    for attempt in count(1):
        outcome = yield call
        if outcome is None:
            raise TypeError("a call was answered with nothing")
        if isinstance(outcome, httpx.Response) and outcome.is_success:
            return outcome
        pause = retries.pause(attempt, outcome)
        if pause is None:
            raise failure(outcome, url)
        yield min(pause, deadline.left())
    raise AssertionError("count has no end")


def asked(call: Call[Answer], retries: Retries, url: str) -> Flow[Answer]:
    """What a call's answer says."""
    return call.parse((yield from answered(call, retries, url)))


def polled(job_id: str, retries: Retries, url: str, deadline: Deadline) -> Flow[Job]:
    """The job once it is final, asked for as often as the server's Retry-After says."""
    call = calls.job(job_id)
    while True:
        response = yield from answered(call, retries, url, deadline)
        job = call.parse(response)
        if job.final:
            return job
        wait = retry_after(response)
        yield min(POLL_SECONDS if wait is None else max(wait, 0.05), deadline.left())
