"""The wall clock of another process can be moved while it runs, and its monotonic clock stays."""

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.chaos import clock

_TELL = "import sys, time\nfor _ in sys.stdin: print(time.time(), time.monotonic(), flush=True)"


def test_a_clock_is_moved_while_its_process_runs(tmp_path: Path) -> None:
    environment = os.environ | clock.settings(tmp_path)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", _TELL], env=environment, **pipes) as process:

        def told() -> list[float]:
            process.stdin.write("now\n")
            process.stdin.flush()
            return [float(word) for word in process.stdout.readline().split()]

        assert abs(told()[0] - time.time()) < 60
        clock.move(tmp_path, -3600)
        wall, steady = told()
        process.stdin.close()

    assert abs(wall + 3600 - time.time()) < 60
    assert abs(steady - time.monotonic()) < 60
