"""A wall clock that can be moved for some processes: a small library that they load before the C library's own."""

import shutil
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("clock.c")
_FILE = "clock"  # in the folder: the seconds, a 64-bit integer


def can_move() -> bool:
    """Whether this machine has a C compiler to build the library."""
    return shutil.which("cc") is not None


def settings(folder: Path) -> dict[str, str]:
    """The environment of processes whose clock the folder's file moves."""
    if not can_move():
        return {}
    library = folder / "clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, _SOURCE], check=True)  # noqa: S607
    move(folder, 0)
    return {"LD_PRELOAD": str(library), "CHAOS_CLOCK": str(folder / _FILE)}


def move(folder: Path, seconds: int) -> None:
    """Let the clock be `seconds` ahead of the machine's from now on."""
    with (folder / _FILE).open("r+b" if (folder / _FILE).exists() else "wb") as file:
        file.write(seconds.to_bytes(8, "little", signed=True))
