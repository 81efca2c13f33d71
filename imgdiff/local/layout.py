"""The local set's data folder, which one set owns at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imgdiff.errors import Conflict

_LOG_BYTES = 10 * 2**20  # a larger log is moved aside at start; chosen, not measured


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
        """Create the folders that are missing."""
        for folder in (self.logs, self.assets, self.redis, self.run):
            folder.mkdir(parents=True, exist_ok=True)
        self.redis.chmod(0o700)

    def log(self, name: str) -> Path:
        """The log of one process; a large one is moved aside first."""
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Lock the folder; raises Conflict when another set runs on it. The lock ends with the process."""
        import fcntl  # noqa: PLC0415  not on Windows, where the client's commands work all the same

        self.create()
        with (self.root / "lock").open("a+", encoding="ascii") as lock:
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
