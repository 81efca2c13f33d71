"""A whole local set of real processes: Redis, three services, worker, gateway."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import reserved_ports

EXAMPLES = Path(__file__).parents[2] / "examples"
IMGDIFF = [sys.executable, "-P", "-m", "imgdiff.cli"]


@dataclass
class Served:
    """A running local set."""

    process: subprocess.Popen[str]
    url: str
    data: Path
    children: dict[str, int]
    started_in: Path


@contextmanager
def serve(data: Path, elsewhere: Path) -> Iterator[Served]:
    """A set with its data in one folder, started in another, where its notes go."""
    with reserved_ports(1) as (port,):
        command = [*IMGDIFF, "serve", "--port", str(port), "--data", str(data), "--json"]
        notes = (elsewhere / "notes").open("w")
        with (
            notes,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=notes, text=True, cwd=elsewhere) as process,
        ):
            assert process.stdout is not None
            try:
                said = json.loads(process.stdout.readline())
                assert said.get("ready"), said
                yield Served(process, said["url"], data, said["children"], elsewhere)
            finally:
                process.terminate()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One set for all tests that need one; the last of them, in `test_serve`, stops it."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for package in ("gateway", "services", "celery"):  # of somebody else, in the current folder
        (elsewhere / package).mkdir()
        (elsewhere / package / "__init__.py").write_text(f"open({str(elsewhere / 'ran')!r}, 'w')")
    with serve(tmp_path_factory.mktemp("set"), elsewhere) as started:
        yield started


@pytest.fixture(scope="session")
def pair() -> tuple[Path, Path]:
    """The example pair."""
    return EXAMPLES / "before.jpg", EXAMPLES / "after.jpg"
