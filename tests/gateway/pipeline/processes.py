"""Processes of a test: a program, or a function in a process of its own.

The second kind is forked from a process that has imported everything, since imports would take most of a test's time.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

_FORKS = multiprocessing.get_context("forkserver")
_OURS = ["pytest", "gateway.worker", "tests.gateway.pipeline.scripted_service", __name__]
_IMPORTED_LATE = [  # by Celery, uvicorn, FastAPI, httpx and Pillow, when they start or at the first request
    *("celery.bin.celery", "celery.apps.worker", "celery.loaders.app", "celery.concurrency.thread"),
    *("celery.app.amqp", "celery.app.control", "celery.app.events", "celery.app.log", "celery.events.receiver"),
    *("celery.worker.autoscale", "celery.worker.components", "celery.worker.consumer", "celery.worker.strategy"),
    *("celery.worker.consumer.delayed_delivery", "celery.fixups.django", "kombu.transport.redis", "billiard.pool"),
    *("uvicorn.lifespan.on", "uvicorn.loops.asyncio", "uvicorn.protocols.http.auto"),
    *("uvicorn.protocols.websockets.auto", "anyio._backends._asyncio", "httpcore", "pydantic.v1", "encodings.idna"),
    *("PIL.PngImagePlugin", "PIL.JpegImagePlugin", "PIL.GifImagePlugin", "PIL.BmpImagePlugin", "PIL.PpmImagePlugin"),
]
_FORKS.set_forkserver_preload(_OURS + _IMPORTED_LATE)


class Running(Protocol):
    """As `subprocess.Popen`."""

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""

    def wait(self, timeout: float | None = None) -> int | None:
        """Its exit code, when it has ended."""

    def kill(self) -> None:
        """SIGKILL."""

    def terminate(self) -> None:
        """SIGTERM."""


Start = Callable[[Mapping[str, str], Path], Running]
"""Starts a process in an environment; its output is appended to the file."""


def program(*words: str) -> Start:
    """A command."""

    def start(environment: Mapping[str, str], out: Path) -> Running:
        with out.open("ab") as output:
            return subprocess.Popen(words, env=environment, stdout=output, stderr=output)

    return start


def forked(main: Callable[..., None], *arguments: Any) -> Start:
    """A function of a module."""
    return lambda environment, out: _Forked(_run, main, arguments, dict(environment), out)


class _Forked:
    def __init__(self, *call: Any) -> None:
        self._process = _FORKS.Process(target=call[0], args=call[1:])
        self._process.start()

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        return self.poll()

    def kill(self) -> None:
        self._process.kill()

    def terminate(self) -> None:
        self._process.terminate()


def _run(main: Callable[..., None], arguments: tuple[Any, ...], environment: dict[str, str], out: Path) -> None:
    with out.open("ab") as output:
        os.dup2(output.fileno(), sys.__stdout__.fileno())
        os.dup2(output.fileno(), sys.__stderr__.fileno())
    os.environ.clear()
    os.environ.update(environment)
    main(*arguments)
