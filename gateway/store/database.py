"""The database: one engine, a session to read with and a session to write with."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, make_url, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError as DatabaseUnavailable
from sqlalchemy.orm import Session

__all__ = ["Database", "DatabaseUnavailable", "Session"]  # callers hold a session and run no SQL of their own

_BUSY_SECONDS = 30
_PAUSE_SECONDS = 0.01
_BEGIN = "imgdiff_begin"
_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}  # SQLite's readers have it always


class Database:
    """SQLite (WAL) or PostgreSQL; shared by all threads of a process, closed at its end."""

    def __init__(self, url: str) -> None:
        self.url = _driven(url)
        self.engine = _engine(self.url)
        self._writer = self.engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        self._reader = self.engine if self.is_sqlite else self.engine.execution_options(**_SNAPSHOT)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session over one consistent view, that of its first query; nothing it does is kept."""
        with Session(self._reader) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits at the end of the block and rolls back on an error.

        SQLite takes the write lock at once, so that a read inside can be relied on by the write that follows.
        """
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def writing_connection(self) -> Iterator[Connection]:
        """As `writing`, below the level of rows; for migrations."""
        with self._writer.begin() as connection:
            yield connection

    def ping(self) -> None:
        """Raise unless the database answers."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _driven(url: str) -> URL:
    parsed = make_url(url)
    if parsed.drivername in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ValueError(f"unknown database {parsed.drivername!r}; known: sqlite, postgresql")
    return parsed


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=30)
    if not url.database or url.database == ":memory:":
        raise ValueError("the database must be a file: sqlite:///path/to/imgdiff.db")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, pool_size=10, max_overflow=30)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver's implicit BEGIN would come too late and be deferred
    _log_ahead(connection)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _log_ahead(connection: Any) -> None:
    """Turn to WAL, however many connect to a new file at once.

    The turn takes a read lock and then wants the whole file. SQLite calls two that do so a deadlock and tells one of
    them "database is locked" at once, whatever its timeout, so that it is for the caller to ask again.
    """
    until = time.monotonic() + _BUSY_SECONDS
    while not _turned(connection, patient=time.monotonic() < until):
        time.sleep(_PAUSE_SECONDS)


def _turned(connection: Any, *, patient: bool) -> bool:
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or not patient:
            raise
        return False
    return True


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))
