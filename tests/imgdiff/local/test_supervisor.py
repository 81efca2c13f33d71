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
from itertools import count
from pathlib import Path
from urllib.request import urlopen

import pytest

from imgdiff.errors import ServiceUnavailable
from imgdiff.local.probes import HttpProbe
from imgdiff.local.programs import Program
from imgdiff.local.supervisor import Supervisor

# three programs: a web server that is ready, a parent with a child, and one that ignores SIGTERM
SET = """
import json, sys
from pathlib import Path
from imgdiff.local.probes import HttpProbe
from imgdiff.local.programs import Program
from imgdiff.local.supervisor import Supervisor

folder, port, patience = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
(folder / "readyz").write_text("ready")
parent = "import subprocess, sys, time; subprocess.Popen(['sleep', '1000']); time.sleep(1000)"
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)"
web = ("-m", "http.server", port, "--bind", "127.0.0.1", "--directory", str(folder))
probes = {"web": HttpProbe("127.0.0.1", int(port), "/readyz")}
programs = [
    Program(name, (sys.executable, *arguments), {}, folder / f"{name}.log", probes.get(name), pid_file=folder / name)
    for name, arguments in {"web": web, "parent": ("-c", parent), "deaf": ("-c", deaf)}.items()
]

def note(text):
    with (folder / "notes").open("a") as notes:
        print(text, file=notes)

url = f"http://127.0.0.1:{port}/readyz"
supervisor = Supervisor(programs, url, note, stop_seconds=1.0, patience=patience)

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


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


@contextmanager
def _running(
    folder: Path, port: int, patience: float = 100.0
) -> Iterator[tuple[subprocess.Popen[str], dict[str, int]]]:
    command = [sys.executable, "-c", SET, str(folder), str(port), str(patience)]
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


def test_a_child_that_hangs_is_killed_and_started_again(tmp_path: Path, unused_port: int) -> None:
    with _running(tmp_path, unused_port, patience=2.0) as (process, pids):
        os.kill(pids["web"], signal.SIGSTOP)

        assert _eventually(lambda: _answers(unused_port))
        assert int((tmp_path / "web").read_text()) != pids["web"]
        note = f"web has not answered for 2 s and is killed; log in {tmp_path}/web.log"
        assert note in (tmp_path / "notes").read_text().splitlines()
        process.terminate()
        process.wait(120)


@pytest.mark.slow  # everything rests for six seconds
def test_the_children_of_a_supervisor_that_was_stopped_are_not_killed(tmp_path: Path, unused_port: int) -> None:
    with _running(tmp_path, unused_port, patience=5.0) as (process, pids):
        process.send_signal(signal.SIGSTOP)
        os.kill(pids["web"], signal.SIGSTOP)
        time.sleep(6)
        os.kill(pids["web"], signal.SIGCONT)
        process.send_signal(signal.SIGCONT)

        assert _eventually(lambda: _answers(unused_port))
        assert not (tmp_path / "notes").exists()
        process.terminate()
        process.wait(120)


def test_a_child_says_once_what_keeps_it_from_working(tmp_path: Path, unused_port: int) -> None:
    answering = (
        "import http.server, sys\n"
        "class Broken(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(200); self.end_headers()\n"
        '        self.wfile.write(b\'{"state": "the weights are damaged"}\')\n'
        "http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Broken).serve_forever()\n"
    )
    command = (sys.executable, "-c", answering, str(unused_port))
    probe = HttpProbe("127.0.0.1", unused_port, "/live", "/ready")
    broken = Program("detection", command, {}, tmp_path / "detection.log", probe)
    notes: list[str] = []
    waits = count()

    def on_wait() -> None:
        if not notes:
            return
        if next(waits) > 25:  # long enough for another answer
            supervisor.stop()

    supervisor = Supervisor([broken], f"http://127.0.0.1:{unused_port}/readyz", notes.append)
    supervisor.run(lambda: pytest.fail("it never was ready"), on_wait)

    log = tmp_path / "detection.log"
    assert notes == [f"detection cannot work and tries again: the weights are damaged; log in {log}"]


def test_a_set_that_cannot_start_names_the_log_and_quotes_it(tmp_path: Path, unused_port: int) -> None:
    broken = Program("broken", (sys.executable, "-c", "raise SystemExit('no disk')"), {}, tmp_path / "broken.log")
    supervisor = Supervisor([broken], f"http://127.0.0.1:{unused_port}/readyz", lambda _: None)

    with pytest.raises(ServiceUnavailable, match="no disk") as caught:
        supervisor.run(lambda: None)

    assert str(tmp_path / "broken.log") in caught.value.detail
