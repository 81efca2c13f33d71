"""`imgdiff demo` from its first line to its last."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow  # a set that starts twice: a minute
def test_the_demo_describes_a_pair_makes_a_synthesis_and_stops_each_time(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    command = [sys.executable, "-m", "imgdiff.cli", "demo", "--data", str(data), "--json"]

    for _ in range(2):
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["comparison"]["record"]["verdict"] == "different"
    assert Path(document["comparison"]["preview"]).read_bytes().startswith(b"\x89PNG")
    assert document["synthesis"]["job"]["records"][0]["source"]["edit"]["operation"] == "remove"
    assert "everything is stopped" in result.stderr


def test_the_demo_reports_why_it_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    command = [sys.executable, "-m", "imgdiff.cli", "demo", "--data", str(tmp_path / "file" / "demo")]

    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert result.returncode not in {0, None}
    assert "did not start" in result.stderr
