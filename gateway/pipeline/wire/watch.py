"""One thread looks after all calls of a process: it interrupts those that nobody waits for, and those that last."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

WATCH_SECONDS = 0.25  # between two checks whether an answer is still wanted; chosen, not measured


@dataclass
class WatchedCall:
    """A call from its start, at `began` on the monotonic clock; `failure` is why it was interrupted."""

    is_wanted: Callable[[], bool]
    seconds: float
    began: float = field(default_factory=time.monotonic)
    failure: BaseException | None = None
    _interrupt: Callable[[], None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def can_be_interrupted(self, interrupt: Callable[[], None]) -> None:
        """Take what interrupts it from now on."""
        with self._lock:
            self._interrupt = interrupt

    def interrupt(self) -> None:
        """Interrupt it, unless it has ended or has nothing yet that can be interrupted."""
        with self._lock:
            if self._interrupt is not None:
                self._interrupt()

    def end(self) -> None:
        """Let nobody interrupt it any more: its connection may serve another call."""
        with self._lock:
            self._interrupt = None


class NotWanted(Exception):
    """Nobody waits for the answer any more."""


class TookLong(Exception):
    """There was no answer in the time that a call may take."""


class Watch:
    """Checks every call that lasts; the thread starts with the first one and ends with the process."""

    def __init__(self) -> None:
        self._calls: dict[int, WatchedCall] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, is_wanted: Callable[[], bool], seconds: float) -> Iterator[WatchedCall]:
        """Watch a call for the time of the block."""
        call = WatchedCall(is_wanted, seconds)
        with self._lock:
            self._calls[id(call)] = call
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
                self._thread.start()
        try:
            yield call
        finally:
            call.end()
            with self._lock:
                del self._calls[id(call)]

    def _run(self) -> None:
        while True:
            time.sleep(WATCH_SECONDS)
            before = time.monotonic() - WATCH_SECONDS
            with self._lock:
                lasting = [call for call in self._calls.values() if call.began <= before]
            for call in lasting:
                _check(call)


def _check(call: WatchedCall) -> None:
    if call.failure is None:
        call.failure = _find_failure(call)
    if call.failure is not None:
        call.interrupt()


def _find_failure(call: WatchedCall) -> BaseException | None:
    if time.monotonic() - call.began > call.seconds:
        return TookLong()
    try:
        return None if call.is_wanted() else NotWanted()
    except Exception as error:  # noqa: BLE001  whatever it is, the caller gets it
        return error
