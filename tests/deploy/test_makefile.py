"""The Makefile picks a Python that the set runs on, and its help fits a terminal."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.wheel import ROOT

MAKE = shutil.which("make") or "make"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `make install` reads, beside an empty folder `bin` that is to be the whole PATH."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy2(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    return tmp_path


def _plan(clone: Path) -> subprocess.CompletedProcess[str]:
    command = [MAKE, "--dry-run", "install"]
    environment = {"PATH": str(clone / "bin")}
    return subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)


def test_python3_comes_first(clone: Path) -> None:
    for name in ("python3", "python3.11"):
        (clone / "bin" / name).symlink_to(sys.executable)

    assert "\npython3 -m venv .venv" in "\n" + _plan(clone).stdout


def test_a_python3_that_fails_or_is_of_another_version_is_passed_over(clone: Path) -> None:
    unusable, usable = clone / "bin/python3", clone / "bin/python3.12"
    unusable.write_text("#!/bin/sh\nexit 1\n")
    unusable.chmod(0o755)
    usable.symlink_to(sys.executable)

    assert "python3.12 -m venv .venv" in _plan(clone).stdout


def test_without_a_usable_python_a_sentence_says_what_to_do(clone: Path) -> None:
    result = _plan(clone)

    assert result.returncode != 0
    assert "Python 3.11, 3.12 or 3.13 is needed; name one: make PYTHON=/path/to/python3 install" in result.stderr


def test_the_help_fits_80_columns() -> None:
    shown = subprocess.run([MAKE, "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "make demo" in shown
    assert [line for line in shown.splitlines() if len(line) > 80] == []
