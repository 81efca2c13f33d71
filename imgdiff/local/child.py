"""One child process: in a session of its own, ended with its parent, stopped with all of its descendants."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import time

from imgdiff.local.layout import open_private
from imgdiff.local.programs import Program
from imgdiff.local.watch import Watch

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_HEALTHY_SECONDS = 30.0  # a run this long resets the count of deaths; chosen, not measured
_MANY_DEATHS = 4  # in a row, from which on each is reported with their count; chosen, not measured
_DEATHS_BEFORE_ANEW = 2  # the first may have another reason; chosen, not measured
_MOST_CHARACTERS = 300  # of a child's words in a sentence; chosen, not measured
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 10.0  # seconds before a restart, doubling; chosen, not measured
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded here, since nothing may be loaded after a fork


def die_with(parent: int) -> None:
    """Send the calling child SIGTERM as soon as `parent` is gone; runs between fork and exec."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


class Child:
    """A program's process, restarted after a pause whenever it ends or hangs."""

    def __init__(self, program: Program, patience: float) -> None:
        self.program = program
        self.deaths = 0
        self.watch = Watch(program.probe, patience) if program.probe is not None else None
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._restart_at = 0.0
        self._complained: str | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process is not None else None

    @property
    def answers(self) -> bool:
        """Whether it has answered lately; one that is asked nothing answers while it runs."""
        return self.watch.answers if self.watch is not None else self._process is not None

    @property
    def ready(self) -> bool:
        """Whether it answers and works."""
        return self.watch.ready if self.watch is not None else self._process is not None

    def start(self) -> None:
        """Start the process; its output goes to its log."""
        parent = os.getpid()
        with open_private(self.program.log, "a") as log:
            self._process = subprocess.Popen(  # noqa: S603  our own programs only
                self.program.command,
                env=self.program.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=self.program.umask,
                preexec_fn=lambda: die_with(parent),  # noqa: PLW1509  the supervisor runs no threads
            )
        self._started = time.monotonic()
        if self.program.pid_file is not None:
            with open_private(self.program.pid_file, "w") as file:
                file.write(f"{self._process.pid}\n")
        if self.watch is not None:
            self.watch.restart()

    def tend(self) -> str | None:
        """Note that the process ended, or restart it after its pause; returns a sentence about either."""
        now = time.monotonic()
        if self._process is None:
            if now < self._restart_at:
                return None
            self.start()
            return f"restarting {self.program.name}"
        status = self._process.poll()
        if status is not None:
            return self._bury(status, now)
        if self.watch is not None and self.watch.hangs:
            return self._kill_hung(self.watch)
        return self._complaint()

    def look(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        """Let its watch count the seconds since the last look, while the process runs."""
        if self.watch is not None and self._process is not None:
            self.watch.look(loop, seconds)

    def _kill_hung(self, watch: Watch) -> str:
        """Kill it and wait for no end, which a process inside a driver may not have for long."""
        seconds = watch.bound
        self._kill_group()
        watch.restart()
        return f"{self.program.name} has not answered for {seconds:g} s and is killed; log in {self.program.log}"

    def _bury(self, status: int, now: float) -> str:
        """Kill its descendants, and plan the restart."""
        self.kill()
        self._process = None
        self.deaths = 1 if now - self._started > _HEALTHY_SECONDS else self.deaths + 1
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (self.deaths - 1))
        self._restart_at = now + pause
        often = f", the {self.deaths}th time in a row" if self.deaths >= _MANY_DEATHS else ""
        what = f"{self.program.name} ended with status {status}{often}"
        return f"{what}; restart in {pause:g} s, log in {self.program.log}{self._start_anew()}"

    def _start_anew(self) -> str:
        """Put away what may keep it from starting, when it has ended twice in a row and not answered before."""
        answered = self.watch is None or self.watch.answered
        if self.deaths < _DEATHS_BEFORE_ANEW or answered or self.program.start_anew is None:
            return ""
        done = self.program.start_anew()
        return f"; {done}" if done is not None else ""

    def _complaint(self) -> str | None:
        """What keeps it from working, in one sentence, once."""
        trouble = self.watch.trouble if self.watch is not None else None
        if trouble == self._complained:
            return None
        self._complained = trouble
        if trouble is None:
            return f"{self.program.name} works again"
        return f"{self.program.name} cannot work and tries again: {_first_line(trouble)}; log in {self.program.log}"

    def terminate(self) -> None:
        """Send SIGTERM to the process, which stops its own descendants."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def stopped(self) -> bool:
        """Whether the process has ended."""
        return self._process is None or self._process.poll() is not None

    def kill(self) -> None:
        """Send SIGKILL to whatever is left of its session."""
        if self.watch is not None:
            self.watch.close()
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


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:_MOST_CHARACTERS]
