"""The local set's data folder, which one set owns at a time."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from imgdiff.errors import Conflict

_LOG_BYTES = 10 * 2**20  # a larger log is moved aside at start; chosen, not measured
_OTHERS = 0o077  # the rights of group and others


def open_private(path: Path, mode: str) -> IO[str]:
    """Open a text file; a new one is for this user alone."""
    return open(path, mode, encoding="utf-8", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class Layout:
    """The paths under the data folder."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.logs = self.root / "logs"
        self.assets = self.root / "assets"
        self.redis = self.root / "redis"
        self.run = self.root / "run"
        self.database = self.root / "imgdiff.db"

    def create(self) -> None:
        """Create the folders that are missing, for this user alone."""
        for folder in (self.root, *self._folders()):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def tighten(self) -> int:
        """Take the rights that others have on our files away; returns how many files and folders had some.

        Earlier versions left them to the umask. A closed folder is not searched, for there may be millions of images. A
        data folder that holds other things besides, such as somebody's home, stays as open as it is; ours in it do not.
        """
        ours = [*self._folders(), *self._files()]
        alone = {path.name for path in self.root.iterdir()} <= {path.name for path in ours}
        mended = sum(_tighten(path) for path in self._files())
        for folder in self._folders():
            if _is_open(folder):
                mended += sum(_tighten(path) for path in (*folder.rglob("*"), folder))
        return mended + (alone and _tighten(self.root))

    def _folders(self) -> tuple[Path, ...]:
        return (self.logs, self.assets, self.redis, self.run)

    def _files(self) -> tuple[Path, ...]:
        database = [self.database.with_name(self.database.name + ending) for ending in ("", "-wal", "-shm")]
        return (*database, self.root / "lock")

    def log(self, name: str) -> Path:
        """The log of one process; a large one is moved aside first."""
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path

    def pid(self, name: str) -> Path:
        """The file with the process id of one process."""
        return self.run / f"{name}.pid"

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Lock the folder; raises Conflict when another set runs on it. The lock ends with the process."""
        import fcntl  # noqa: PLC0415  not on Windows, where the client's commands work all the same

        self.create()
        with open_private(self.root / "lock", "a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                lock.seek(0)
                owner = lock.read().strip()
                raise Conflict(f"another imgdiff serve (process {owner}) runs on {self.root}") from error
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield


def _tighten(path: Path) -> bool:
    """Whether others had rights on a file or folder, which they have no longer. A link is left alone."""
    if not _is_open(path):
        return False
    path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)
    return True


def _is_open(path: Path) -> bool:
    """Whether others have rights on a file or folder of ours."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return not stat.S_ISLNK(found.st_mode) and found.st_uid == os.getuid() and bool(found.st_mode & _OTHERS)
