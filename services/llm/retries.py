"""How long and how often a server is asked again: exponential pauses with jitter, its own Retry-After, one deadline."""

import math
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

Answer = TypeVar("Answer")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0
_RETRY_SECONDS = 5


class Unavailable(Exception):
    """The server cannot answer now; `pause` is what it asked for, in seconds.

    `one` says that it may be the fault of this question, so that others are still worth asking.
    """

    def __init__(self, why: str, pause: float | None = None, *, one: bool = False) -> None:
        super().__init__(why)
        self.pause = pause
        self.one = one

    @property
    def retry_after(self) -> int:
        """Whole seconds to wait before the work is tried again."""
        return _RETRY_SECONDS if self.pause is None else max(1, math.ceil(self.pause))


class Deadline:
    """A time that ends by itself, or when somebody else has waited in vain for the same server."""

    def __init__(self, seconds: float, given_up: threading.Event) -> None:
        self._end = time.monotonic() + seconds
        self._given_up = given_up

    def left(self) -> float:
        """Seconds, never quite none."""
        return max(0.001, self._end - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether there is no more time."""
        return time.monotonic() >= self._end

    @property
    def vain(self) -> bool:
        """Whether a question should not be begun any more."""
        return self.over or self._given_up.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait; false when the time would not do or is over meanwhile."""
        return seconds < self._end - time.monotonic() and not self._given_up.wait(seconds)


def ask_again(deadline: Deadline, ask: Callable[[], Answer]) -> Answer:
    """The first answer; raises the last Unavailable when the time is over, at once where the server asks for more."""
    attempt = 0
    while True:
        if deadline.vain:
            raise Unavailable("the language model's server has not answered in time")
        try:
            return ask()
        except Unavailable as error:
            wait = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt) * random.uniform(0.5, 1)  # noqa: S311
            attempt += 1
            if not deadline.pause(wait if error.pause is None else error.pause):
                raise


def seconds_of(retry_after: str | None) -> float | None:
    """The header in seconds from now, a number or a date; null where it is missing or neither."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        when = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
