"""One process at a time writes an export on this machine; the system frees what a process that has ended held."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imgdiff.errors import Conflict


@contextmanager
def hold_folder(path: Path) -> Iterator[None]:
    """Hold a folder, which is created; it may be renamed inside. Raises Conflict while another process holds it."""
    path.mkdir(parents=True, exist_ok=True)
    if os.name == "nt":  # Windows opens no folder as a file, so nothing is held there
        yield
        return
    with _hold(path, os.O_RDONLY):
        yield


@contextmanager
def hold_file(path: Path) -> Iterator[int]:
    """The descriptor of a file that is created, or emptied, and held. Raises Conflict as `hold_folder`."""
    with _hold(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)) as descriptor:
        os.ftruncate(descriptor, 0)
        yield descriptor


@contextmanager
def _hold(path: Path, flags: int) -> Iterator[int]:
    descriptor = os.open(path, flags, 0o666)
    try:
        if not _lock(descriptor) or not _is_at(path, descriptor):  # or it was finished between opening and locking it
            raise Conflict(f"another process writes an export to {path}; wait until it ends, or name another target")
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Whether nobody else holds it, as far as the system tells."""
    try:
        import fcntl  # noqa: PLC0415  not on Windows, where nothing is held
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # of a file system without locks, as some networks have
        return True
    return True


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
