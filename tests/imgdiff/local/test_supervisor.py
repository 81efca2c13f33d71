"""The supervisor with real processes: it restarts those that end and leaves none behind, however it ends itself."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imgdiff.errors import ServiceUnavailable
from imgdiff.local.programs import Program
from imgdiff.local.supervisor import Supervisor

# three programs: a web server that is ready, a parent with a child, and one that ignores SIGTERM
SET = """
import json, sys
from pathlib import Path
from imgdiff.local.programs import Program
from imgdiff.local.supervisor import Supervisor

folder, port = Path(sys.argv[1]), sys.argv[2]
(folder / "readyz").write_text("ready")
parent = "import subprocess, sys, time; subprocess.Popen(['sleep', '1000']); time.sleep(1000)"
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)"
web = ("-m", "http.server", port, "--bind", "127.0.0.1", "--directory", str(folder))
programs = [
    Program(name, (sys.executable, *arguments), {}, folder / f"{name}.log")
    for name, arguments in {"web": web, "parent": ("-c", parent), "deaf": ("-c", deaf)}.items()
]
supervisor = Supervisor(programs, f"http://127.0.0.1:{port}/readyz", lambda text: None, stop_seconds=1.0)

def report():
    print(json.dumps({child.program.name: child.pid for child in supervisor.children}), flush=True)

supervisor.run(report)
"""


def _session_members(leaders: set[int]) -> set[int]:
    """Every living process in the sessions of `leaders`."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (OSError, NotADirectoryError):
            continue
        if entry.name.isdigit() and int(fields[3]) in leaders and fields[0] != "Z":
            found.add(int(entry.name))
    return found


def _eventually(holds: Callable[[], bool], seconds: float = 120) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def _running(folder: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], dict[str, int]]]:
    command = [sys.executable, "-c", SET, str(folder), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor talks to loopback only."""
    monkeypatch.setenv("NO_PROXY", "*")


def test_sigterm_leaves_no_process_not_even_a_deaf_one(tmp_path: Path, unused_port: int) -> None:
    with _running(tmp_path, unused_port) as (process, pids):
        leaders = set(pids.values())
        assert len(_session_members(leaders)) == 4
        process.terminate()

        assert process.wait(120) == 0
        assert _session_members(leaders) == set()


def test_signals_that_come_all_at_once_hang_nothing(tmp_path: Path, unused_port: int) -> None:
    with _running(tmp_path, unused_port) as (process, pids):
        for _ in range(3000):
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGINT)

        assert process.wait(120) == 0
        assert _session_members(set(pids.values())) == set()


def test_a_supervisor_that_is_killed_takes_its_children_along(tmp_path: Path, unused_port: int) -> None:
    with _running(tmp_path, unused_port) as (process, pids):
        process.kill()

        gone = [pids["web"], pids["parent"]]
        assert _eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in gone))
        for pid in _session_members(set(pids.values())):
            os.kill(pid, signal.SIGKILL)


def test_a_child_that_dies_is_started_again(tmp_path: Path, unused_port: int) -> None:
    with _running(tmp_path, unused_port) as (process, pids):
        os.kill(pids["web"], signal.SIGKILL)
        log = tmp_path / "web.log"

        def listens_again() -> bool:
            with socket.socket() as one:
                return one.connect_ex(("127.0.0.1", unused_port)) == 0

        assert _eventually(listens_again)
        assert log.exists()
        process.terminate()
        process.wait(120)


def test_a_set_that_cannot_start_names_the_log_and_quotes_it(tmp_path: Path, unused_port: int) -> None:
    broken = Program("broken", (sys.executable, "-c", "raise SystemExit('no disk')"), {}, tmp_path / "broken.log")
    supervisor = Supervisor([broken], f"http://127.0.0.1:{unused_port}/readyz", lambda _: None)

    with pytest.raises(ServiceUnavailable, match="no disk") as caught:
        supervisor.run(lambda: None)

    assert str(tmp_path / "broken.log") in caught.value.detail
