"""Starts the programs, restarts those that end, and stops all of them with their descendants."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from urllib.parse import urlsplit

from imgdiff.errors import ServiceUnavailable
from imgdiff.local.child import Child
from imgdiff.local.probes import is_success, read_http
from imgdiff.local.programs import REDIS, WORKER, Program
from imgdiff.local.watch import START_SECONDS

_BEAT = 0.1  # seconds between two looks at the children; chosen, not measured
# Without an answer in this time a child is killed. The longest silence measured, in 100 s on two cores at load 20 with
# eight pairs in flight: gateway 0.5 s, services 0.3 s, worker 2.0 s; while 1,500 clients connect, gateway 7.7 s.
PATIENCE_SECONDS = 20.0
STOP_SECONDS = 12.0  # a little more than uvicorn gives open requests
_READY_WAIT = 5.0  # seconds for one answer to the question whether the set is ready; chosen, not measured
_DEATHS_BEFORE_READY = 4  # chosen, not measured
_LOG_LINES = 15  # of a log in an error; chosen, not measured


class Supervisor:
    """Runs the local set. It must stay in the main thread: a child ends with the thread that started it.

    It asks its children how they are from an event loop that runs between two looks, since a thread could hold a lock
    while another child is forked.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        ready_url: str,
        report: Callable[[str], None],
        stop_seconds: float = STOP_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.children = tuple(Child(program, patience) for program in programs)
        self._ready_url = ready_url
        self._report = report
        self._stop_seconds = stop_seconds
        self._stopping = False  # not an Event, whose lock would deadlock when signals nest
        self._runner = asyncio.Runner()  # makes its loop when it is entered
        self._looked = time.monotonic()

    def run(self, on_ready: Callable[[], None], on_wait: Callable[[], None] = lambda: None) -> None:
        """Run until SIGTERM or SIGINT; `on_wait` is called again and again until the set is ready.

        Raises ServiceUnavailable when the set does not become ready.
        """
        with self._signals(), self._runner:
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
        """Whether to stop; otherwise lets the questions to the children go on for one beat."""
        if not self._stopping:
            self._runner.run(asyncio.sleep(_BEAT))
        return self._stopping

    def _become_ready(self, on_wait: Callable[[], None]) -> bool:
        """Wait for the ready URL and every child; False when a stop was requested first."""
        until = time.monotonic() + START_SECONDS
        loop = self._runner.get_loop()
        question: asyncio.Task[bool] | None = None
        while not self._stop_requested():
            if question is None:
                question = loop.create_task(_answers(self._ready_url))
            elif question.done():
                if question.result() and all(child.ready for child in self.children):
                    return True
                question = None
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
            slow = [child.program.name for child in self.children if not child.ready]
            what = ", ".join(slow) or self._ready_url
            raise ServiceUnavailable(f"not ready within {START_SECONDS:g} seconds: {what}")

    def _tend(self) -> None:
        now = time.monotonic()
        since, self._looked = now - self._looked, now
        self._excuse_worker()
        for child in self.children:
            child.look(self._runner.get_loop(), since)
            event = child.tend()
            if event is not None:
                self._report(event)

    def _excuse_worker(self) -> None:
        """A worker without Redis shows no sign of life."""
        children = {child.program.name: child for child in self.children}
        redis, worker = children.get(REDIS), children.get(WORKER)
        if redis is not None and worker is not None and not redis.answers and worker.watch is not None:
            worker.watch.excuse()

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


async def _answers(url: str) -> bool:
    address = urlsplit(url)
    try:
        async with asyncio.timeout(_READY_WAIT):
            status, _ = await read_http(address.hostname or "", address.port or 80, address.path)
    except (OSError, ValueError):
        return False
    return is_success(status)


def _tail(program: Program) -> str:
    lines = program.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_LOG_LINES:])
