"""Starts the programs, restarts those that end, and stops all of them with their descendants."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import httpx

from imgdiff.errors import ServiceUnavailable
from imgdiff.local.child import Child
from imgdiff.local.programs import REDIS, Program

_BEAT = 0.1  # seconds between two looks at the children; chosen, not measured
_READY_SECONDS = 180.0  # about ten times what a start on two idle cores takes
STOP_SECONDS = 12.0  # a little more than uvicorn gives open requests
_DEATHS_BEFORE_READY = 4  # chosen, not measured
_LOG_LINES = 15  # of a log in an error; chosen, not measured


class Supervisor:
    """Runs the local set. It must stay in the main thread: a child ends with the thread that started it."""

    def __init__(
        self,
        programs: Sequence[Program],
        ready_url: str,
        report: Callable[[str], None],
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self.children = tuple(Child(program) for program in programs)
        self._ready_url = ready_url
        self._report = report
        self._stop_seconds = stop_seconds
        self._stopping = False  # not an Event, whose lock would deadlock when signals nest

    def run(self, on_ready: Callable[[], None], on_wait: Callable[[], None] = lambda: None) -> None:
        """Run until SIGTERM or SIGINT; `on_wait` is called again and again until the set is ready.

        Raises ServiceUnavailable when the set does not become ready.
        """
        with self._signals():
            try:
                for child in self.children:
                    child.start()
                if self._become_ready(on_wait):
                    on_ready()
                while not self._stop_requested():
                    self._tend()
            finally:
                self.shut_down()

    def stop(self) -> None:
        """Make `run` stop all children and return."""
        self._stopping = True

    def shut_down(self) -> None:
        """Terminate all but Redis, killing what does not end in time; then Redis, which the others need."""
        redis = [child for child in self.children if child.program.name == REDIS]
        others = [child for child in reversed(self.children) if child not in redis]
        for group in (others, redis):
            for child in group:
                child.terminate()
            until = time.monotonic() + self._stop_seconds
            while not all(child.stopped() for child in group) and time.monotonic() < until:
                time.sleep(0.02)
            for child in group:
                child.kill()

    def _stop_requested(self) -> bool:
        """Whether to stop; waits for one beat otherwise."""
        if not self._stopping:
            time.sleep(_BEAT)
        return self._stopping

    def _become_ready(self, on_wait: Callable[[], None]) -> bool:
        """Wait for the ready URL; False when a stop was requested first."""
        until = time.monotonic() + _READY_SECONDS
        with httpx.Client(timeout=5, trust_env=False) as http:
            while not self._stop_requested():
                if _answers(http, self._ready_url):
                    return True
                on_wait()
                self._tend()
                self._require_progress(time.monotonic() > until)
        return False

    def _require_progress(self, late: bool) -> None:
        for child in self.children:
            if child.deaths >= _DEATHS_BEFORE_READY:
                program = child.program
                raise ServiceUnavailable(
                    f"{program.name} ended {child.deaths} times; its log {program.log} ends with:\n{_tail(program)}"
                )
        if late:
            raise ServiceUnavailable(f"{self._ready_url} was not ready within {_READY_SECONDS:g} seconds")

    def _tend(self) -> None:
        for child in self.children:
            event = child.tend()
            if event is not None:
                self._report(event)

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
