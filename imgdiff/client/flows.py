"""Flows of several requests as generators: they yield a call to send or seconds to sleep, and a shell does it."""

import time
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

import httpx

from imgdiff.client import calls
from imgdiff.client.calls import Call
from imgdiff.client.transport.failures import Outcome, failure
from imgdiff.client.transport.retries import Retries
from imgdiff.errors import DeadlineExceeded, retry_after
from imgdiff.jobs import Job

Answer = TypeVar("Answer")
Step = Call[object] | float
Flow = Generator[Step, Outcome | None, Answer]

POLL_SECONDS = 1.0  # between polls when the server sends no Retry-After; chosen, not measured


@dataclass(frozen=True)
class Deadline:
    """When the caller stops waiting, on the monotonic clock; None means never."""

    seconds: float | None
    started: float = field(default_factory=time.monotonic)

    def left(self) -> float:
        """Seconds left; raises DeadlineExceeded if there are none."""
        if self.seconds is None:
            return float("inf")
        left = self.started + self.seconds - time.monotonic()
        if left <= 0:
            raise DeadlineExceeded(f"not done within {self.seconds:g} seconds; the job continues")
        return left


ENDLESS = Deadline(None)


def send(call: Call[Answer], retries: Retries, url: str, deadline: Deadline = ENDLESS) -> Flow[httpx.Response]:
    """Send a call with retries; returns the successful response or raises the last error."""
    for attempt in count(1):
        outcome = yield call
        if outcome is None:
            raise TypeError("the shell returned no outcome for a call")
        if isinstance(outcome, httpx.Response) and outcome.is_success:
            return outcome
        pause = retries.pause(attempt, outcome)
        if pause is None:
            raise failure(outcome, url)
        yield min(pause, deadline.left())
    raise AssertionError("count has no end")


def fetch(call: Call[Answer], retries: Retries, url: str) -> Flow[Answer]:
    """Send a call and parse its response."""
    return call.parse((yield from send(call, retries, url)))


def poll(job_id: str, retries: Retries, url: str, deadline: Deadline) -> Flow[Job]:
    """Poll a job until it is final, as often as the server's Retry-After allows."""
    call = calls.job(job_id)
    while True:
        response = yield from send(call, retries, url, deadline)
        job = call.parse(response)
        if job.final:
            return job
        wait = retry_after(response.headers)
        yield min(POLL_SECONDS if wait is None else max(wait, 0.05), deadline.left())
