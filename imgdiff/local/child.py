"""One child process: in a session of its own, ended with its parent, stopped with all of its descendants."""

import ctypes
import os
import signal
import subprocess
import sys
import time

from imgdiff.local.programs import Program

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_HEALTHY_SECONDS = 30.0  # a run this long resets the count of deaths; chosen, not measured
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 10.0  # seconds before a restart, doubling; chosen, not measured
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded here, since nothing may be loaded after a fork


def die_with(parent: int) -> None:
    """Send the calling child SIGTERM as soon as `parent` is gone; runs between fork and exec."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


class Child:
    """A program's process, restarted after a pause whenever it ends."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.deaths = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._restart_at = 0.0

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start the process; its output goes to its log."""
        parent = os.getpid()
        with self.program.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  our own programs only
                self.program.command,
                env=self.program.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: die_with(parent),  # noqa: PLW1509  the supervisor runs no threads
            )
        self._started = time.monotonic()

    def tend(self) -> str | None:
        """Note that the process ended, or restart it after its pause; returns a sentence about either."""
        now = time.monotonic()
        if self._process is None:
            if now < self._restart_at:
                return None
            self.start()
            return f"restarting {self.program.name}"
        status = self._process.poll()
        if status is None:
            return None
        self._kill_group()
        self._process = None
        self.deaths = 1 if now - self._started > _HEALTHY_SECONDS else self.deaths + 1
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (self.deaths - 1))
        self._restart_at = now + pause
        return f"{self.program.name} ended with status {status}; restart in {pause:g} s, log in {self.program.log}"

    def terminate(self) -> None:
        """Send SIGTERM to the process, which stops its own descendants."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def stopped(self) -> bool:
        """Whether the process has ended."""
        return self._process is None or self._process.poll() is not None

    def kill(self) -> None:
        """Send SIGKILL to whatever is left of its session."""
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
