"""Retries: exponential pauses with jitter, the server's Retry-After, and one deadline for a call."""

import math
import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")
FIRST_PAUSE = 0.5
"""Seconds before the first retry, doubled for every further one; chosen, not measured."""
_LONGEST_PAUSE = 8.0  # seconds; chosen, not measured
_RETRY_SECONDS = 5  # of a refusal, where the server states none; chosen, not measured


class Unanswered(Exception):
    """The server did not answer this time; `pause` is what it asks for, in seconds.

    `one`: the reason may be this question, so that others are still worth asking.
    """

    def __init__(self, why: str, pause: float | None = None, *, one: bool = False) -> None:
        super().__init__(why)
        self.pause = pause
        self.one = one

    @property
    def retry_after(self) -> int:
        """Whole seconds to wait before the work is sent again."""
        return _RETRY_SECONDS if self.pause is None else max(1, math.ceil(self.pause))


class Deadline:
    """The end of a call, earlier once another question of the same call has waited in vain."""

    def __init__(self, seconds: float, given_up: threading.Event) -> None:
        self._end = time.monotonic() + seconds
        self._given_up = given_up

    def remaining(self) -> float:
        """Seconds left, at least a millisecond."""
        return max(0.001, self._end - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._end

    @property
    def abandoned(self) -> bool:
        """Whether no further attempt is worth its time."""
        return self.over or self._given_up.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait; false where the time left is shorter, or ends meanwhile."""
        return seconds < self._end - time.monotonic() and not self._given_up.wait(seconds)


def ask_with_retries(deadline: Deadline, ask: Callable[[], Answer], first_pause: float = FIRST_PAUSE) -> Answer:
    """The first answer; raises the last Unanswered when the time is over, or would be after the server's pause."""
    attempt = 0
    while True:
        if deadline.abandoned:
            raise Unanswered("the language model's server has not answered in time")
        try:
            return ask()
        except Unanswered as error:
            wait = min(_LONGEST_PAUSE, first_pause * 2**attempt) * random.uniform(0.5, 1)  # noqa: S311
            attempt += 1
            if not deadline.pause(wait if error.pause is None else error.pause):
                raise
