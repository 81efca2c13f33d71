"""One child process: started in a session of its own, dying with us, stopped with all of its descendants."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from typing import IO

from imgdiff.local.programs import Program

_PR_SET_PDEATHSIG = 1
_HEALTHY_SECONDS = 30.0
_LONGEST_PAUSE = 10.0
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded here: nothing may be loaded after a fork


def die_with(parent: int) -> None:
    """Runs in a child between fork and exec: SIGTERM for it when its parent is gone, however that went."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


class Child:
    """A program's process, and the pauses between its lives."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.deaths = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._start_again = 0.0

    @property
    def pid(self) -> int | None:
        """Process id of the life that runs."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start it; its output goes to its log."""
        parent = os.getpid()
        with self.program.log.open("ab") as log:
            self._process = self._spawn(log, parent)
        self._started = time.monotonic()

    def _spawn(self, log: IO[bytes], parent: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  our own programs only
            self.program.command,
            env=self.program.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: die_with(parent),  # noqa: PLW1509  the supervisor runs no threads
        )

    def tend(self) -> str | None:
        """Notice a death and start again once the pause is over; says what happened, if anything."""
        now = time.monotonic()
        if self._process is None:
            if now < self._start_again:
                return None
            self.start()
            return f"{self.program.name} is started again"
        status = self._process.poll()
        if status is None:
            return None
        self._kill_group()
        self._process = None
        self.deaths = 1 if now - self._started > _HEALTHY_SECONDS else self.deaths + 1
        pause = min(_LONGEST_PAUSE, 0.25 * 2.0 ** (self.deaths - 1))
        self._start_again = now + pause
        return f"{self.program.name} ended with status {status}; next start in {pause:g} s, see {self.program.log}"

    def ask_to_stop(self) -> None:
        """SIGTERM to the process; it stops its own descendants."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def stopped(self) -> bool:
        """Whether nothing of it runs."""
        return self._process is None or self._process.poll() is not None

    def kill(self) -> None:
        """SIGKILL to whatever is left of its session."""
        if self._process is not None:
            self._kill_group()
            self._process.wait()

    def _kill_group(self) -> None:
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return  # nothing is left
