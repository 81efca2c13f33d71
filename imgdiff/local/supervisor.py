"""Starts the programs together, restarts what dies, and leaves nothing behind when told to stop."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import httpx

from imgdiff.errors import ServiceUnavailable
from imgdiff.local.child import Child
from imgdiff.local.programs import REDIS, Program

_BEAT = 0.1
_READY_SECONDS = 180.0
STOP_SECONDS = 12.0  # a little more than uvicorn gives open requests
_DEATHS_BEFORE_READY = 4
_LOG_LINES = 15


class Supervisor:
    """The local set's life. Runs in the main thread: a child dies with the thread that started it."""

    def __init__(
        self,
        programs: Sequence[Program],
        ready_url: str,
        say: Callable[[str], None],
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self.children = tuple(Child(program) for program in programs)
        self._ready_url = ready_url
        self._say = say
        self._stop_seconds = stop_seconds
        self._stopping = False  # no Event: its lock would hang a signal that comes while one is being handled

    def run(self, on_ready: Callable[[], None], on_wait: Callable[[], None] = lambda: None) -> None:
        """Until SIGTERM or SIGINT; `on_wait` is called all the while before it is ready.

        Raises ServiceUnavailable when the set does not become ready.
        """
        with self._signals():
            try:
                for child in self.children:
                    child.start()
                if self._become_ready(on_wait):
                    on_ready()
                while not self._told_to_stop():
                    self._tend()
            finally:
                self.shut_down()

    def stop(self) -> None:
        """Make `run` stop everything and return."""
        self._stopping = True

    def shut_down(self) -> None:
        """Ask everybody but Redis, kill whoever does not go, then Redis, which the others still talk to."""
        redis = [child for child in self.children if child.program.name == REDIS]
        others = [child for child in reversed(self.children) if child not in redis]
        for group in (others, redis):
            for child in group:
                child.ask_to_stop()
            until = time.monotonic() + self._stop_seconds
            while not all(child.stopped() for child in group) and time.monotonic() < until:
                time.sleep(0.02)
            for child in group:
                child.kill()

    def _told_to_stop(self) -> bool:
        """Whether it is time to stop, looked at after a beat."""
        if not self._stopping:
            time.sleep(_BEAT)
        return self._stopping

    def _become_ready(self, on_wait: Callable[[], None]) -> bool:
        """Whether /readyz answered 200; False when told to stop before it did."""
        until = time.monotonic() + _READY_SECONDS
        with httpx.Client(timeout=5, trust_env=False) as http:
            while not self._told_to_stop():
                if _answers(http, self._ready_url):
                    return True
                on_wait()
                self._tend()
                self._require_hope(time.monotonic() > until)
        return False

    def _require_hope(self, late: bool) -> None:
        hopeless = [child for child in self.children if child.deaths >= _DEATHS_BEFORE_READY]
        if hopeless:
            program = hopeless[0].program
            raise ServiceUnavailable(
                f"{program.name} ended {hopeless[0].deaths} times; its log {program.log} ends in:\n{_tail(program)}"
            )
        if late:
            raise ServiceUnavailable(f"{self._ready_url} was not ready within {_READY_SECONDS:g} seconds")

    def _tend(self) -> None:
        for child in self.children:
            news = child.tend()
            if news is not None:
                self._say(news)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
            self._stopping = True

        before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _answers(http: httpx.Client, url: str) -> bool:
    try:
        return http.get(url).is_success
    except httpx.TransportError:
        return False


def _tail(program: Program) -> str:
    lines = program.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_LOG_LINES:])
