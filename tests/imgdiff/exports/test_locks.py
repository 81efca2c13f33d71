"""A folder or a file is held by one process at a time, until it ends in whichever way."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imgdiff.errors import Conflict
from imgdiff.exports.locks import hold_file, hold_folder

_PROGRAM = """
import sys
from pathlib import Path
from imgdiff.exports import locks

with getattr(locks, sys.argv[1])(Path(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def _holding(how: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _PROGRAM, how, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_file_that_another_process_writes_is_not_emptied(tmp_path: Path) -> None:
    path = tmp_path / "out.tar.partial"
    with _holding("hold_file", path) as process:
        path.write_bytes(b"half of it")
        with pytest.raises(Conflict, match="another process writes an export to"), hold_file(path):
            pass
        assert path.read_bytes() == b"half of it"
        process.kill()
        process.wait()
        with hold_file(path):
            assert path.read_bytes() == b""


def test_a_folder_is_free_when_its_holder_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "in" / "out.partial"
    with _holding("hold_folder", path) as process:
        with pytest.raises(Conflict), hold_folder(path):
            pass
        process.kill()
        process.wait()
        with hold_folder(path):
            path.rename(tmp_path / "out")
        with hold_folder(path), hold_folder(tmp_path / "out"):
            assert path.is_dir()
