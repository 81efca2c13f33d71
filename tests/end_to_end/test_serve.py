"""`imgdiff serve` with everything real: it answers, mends itself, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from imgdiff import Client
from imgdiff.local.ports import free_ports

PAIR = tuple(Path(__file__).parents[2] / "examples" / name for name in ("before.jpg", "after.jpg"))
IMGDIFF = [sys.executable, "-m", "imgdiff.cli"]


def _imgdiff(served, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"IMGDIFF_URL": served.url}
    return subprocess.run([*IMGDIFF, *arguments], env=environment, capture_output=True, text=True, check=False)


def _ready(client: Client, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if client.ready():
            return True
        time.sleep(0.1)
    return False


def _sessions(leaders: set[int]) -> list[str]:
    """The command lines of every living process in the children's sessions."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) in leaders and fields[0] != "Z":
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it ended while we looked
    return found


def test_a_real_pair_is_described_and_drawn(served, tmp_path: Path) -> None:
    picture = tmp_path / "answer.png"

    result = _imgdiff(served, "compare", *map(str, PAIR), "--preview", str(picture), "--json")

    assert result.returncode == 0, result.stderr
    record = json.loads(result.stdout)
    assert record["verdict"] == "different"
    assert any(region["kept"] for region in record["regions"])
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_no_code_of_the_current_folder_runs(served) -> None:
    assert not (served.started_in / "ran").exists()


def test_a_set_without_keys_says_that_it_is_open(served) -> None:
    assert "open to everybody on this machine: there is no API key" in (served.started_in / "notes").read_text()


def test_nobody_else_may_read_what_the_set_wrote(served) -> None:
    written = [path for path in served.data.rglob("*") if path.exists()]

    assert {"imgdiff.db", "lock", "worker.log", "redis.conf", "worker.heartbeat"} <= {path.name for path in written}
    assert {path.stat().st_mode & 0o077 for path in (served.data, *written)} == {0}


def test_an_image_that_is_none_is_refused(served, tmp_path: Path) -> None:
    (tmp_path / "words.png").write_text("words")

    result = _imgdiff(served, "compare", str(tmp_path / "words.png"), str(PAIR[1]), "--json")

    assert result.returncode == 3
    assert json.loads(result.stdout)["errors"][0]["pointer"] == "/image1"


def test_records_are_exported_and_jobs_listed(served, tmp_path: Path) -> None:
    with Client(served.url) as client:
        record = client.compare(*PAIR, dataset="exported")
        listed = [job.id for job in client.jobs()]

    result = _imgdiff(served, "export", "exported", "--output", str(tmp_path / "records.jsonl"))

    assert result.returncode == 0, result.stderr
    (line,) = (tmp_path / "records.jsonl").read_text().splitlines()
    assert json.loads(line)["id"] == record.id
    assert record.job in listed


def test_a_second_set_on_the_same_folder_is_refused(served) -> None:
    result = _imgdiff(served, "serve", "--port", str(free_ports(1)[0]), "--data", str(served.data))

    assert result.returncode == 1
    assert "another imgdiff serve" in result.stderr


@pytest.mark.parametrize("name", ["detection", "worker", "redis"])
def test_what_is_killed_comes_back_and_the_next_pair_is_described(served, name: str) -> None:
    os.kill(served.children[name], signal.SIGKILL)

    with Client(served.url) as client:
        record = client.compare(*PAIR, fresh=True, wait_seconds=90)
        assert _ready(client, 120)

    assert record.regions


def test_sigterm_stops_all_of_it(served) -> None:
    served.process.terminate()

    assert served.process.wait(120) == 0
    assert _sessions(set(served.children.values())) == []
    with Client(served.url) as client:
        assert client.ready() is False
