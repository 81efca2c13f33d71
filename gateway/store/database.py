"""The database: an engine with sessions for reading and for writing."""

import json
import re
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, make_url, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError as DatabaseUnavailable
from sqlalchemy.orm import Session

from imgdiff.errors import ServiceUnavailable

__all__ = ["Database", "DatabaseUnavailable", "Session"]  # the latter two for callers, who run no SQL

_BUSY_SECONDS = 30.0  # that a process which need not answer waits for SQLite's writer; chosen, not measured
_PAUSE_SECONDS = 0.01  # between two attempts to switch to WAL; chosen, not measured
_LOOK_SECONDS = 0.001  # between two looks at SQLite's lock; chosen, not measured
_POOL = {"pool_size": 10, "max_overflow": 30}  # connections; chosen, not measured
_SUSPECT = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)  # NUL, or a surrogate, which is half a pair or not
_REPLACEMENT = "\ufffd"
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_TUNING = (
    "cache_size=-16384",  # kB of pages a connection keeps; chosen, not measured
    "temp_store=MEMORY",
    "wal_autocheckpoint=4000",  # pages of 4 kB: a quarter of the syncs; chosen, not measured
)
_BEGIN = "imgdiff_begin"
_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}  # SQLite's readers always have it


write_document = partial(json.dumps, allow_nan=False)


def read_document(text: str | bytes) -> Any:
    """The document, with null for a number that is not finite and U+FFFD for NUL and half a surrogate pair."""
    document = json.loads(text, parse_constant=lambda _: None)
    plain = text if isinstance(text, str) else text.decode()
    return _mend(document) if _SUSPECT.search(plain) else document


def _mend(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub(_REPLACEMENT, value)
    if isinstance(value, list):
        return [_mend(one) for one in value]
    if isinstance(value, dict):
        return {_mend(name): _mend(one) for name, one in value.items()}
    return value


_JSON = {"json_serializer": write_document, "json_deserializer": read_document}


class Turns:
    """Turns of the threads of one process: one has its turn at a time, and hands it to the one that has waited longest.

    Threads that poll for SQLite's lock instead overtake one another: of 20 a second some found it taken for 30 s.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def take(self, seconds: float) -> bool:
        """Wait for the turn at most so long; whether it came."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        return mine.acquire(timeout=seconds) or not self._leave(mine)

    def pass_on(self) -> None:
        """End the turn."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

    def _leave(self, mine: threading.Lock) -> bool:
        """Stop to wait; False when the turn has come just now."""
        with self._guard:
            if mine not in self._waiting:
                return False
            self._waiting.remove(mine)
            return True


class Database:
    """SQLite (WAL) or PostgreSQL; shared by all threads of a process.

    `patience` is the longest wait in seconds for another writer of SQLite, a free connection or a new one.
    """

    def __init__(self, url: str, patience: float = _BUSY_SECONDS) -> None:
        self.url = _with_driver(url)
        self.engine = _engine(self.url, patience)
        self._patience = patience
        self._turns = Turns()
        self._writer = self.engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        self._reader = self.engine if self.is_sqlite else self.engine.execution_options(**_SNAPSHOT)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session over one consistent snapshot, taken by its first query; it is rolled back at the end."""
        with Session(self._reader) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits at the end of the block and rolls back on an error.

        SQLite takes the write lock at the start, so that what is read inside stays true until the commit; the threads
        of a process get it in turn.
        """
        with self._turn(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def writing_connection(self) -> Iterator[Connection]:
        """As `writing`, without a session; for migrations."""
        with self._writer.begin() as connection:
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if not self._turns.take(self._patience):
            raise _locked()
        try:
            yield
        finally:
            self._turns.pass_on()

    def ping(self) -> None:
        """Raise unless the database answers."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    @property
    def folder(self) -> Path | None:
        """Where the database's file is; None for a server."""
        return Path(self.url.database).absolute().parent if self.is_sqlite and self.url.database else None

    def require_writable(self) -> None:
        """Raise unless somebody can write now."""
        with self.writing() as session:
            if self.is_sqlite:
                session.execute(text("SELECT 1"))  # begins, which takes the write lock
            elif session.scalar(text("SHOW transaction_read_only")) != "off":
                raise ServiceUnavailable("the database is read-only")

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _locked() -> DatabaseUnavailable:
    """As SQLite has it when its lock is not free in time."""
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return DatabaseUnavailable("BEGIN IMMEDIATE", None, error)


def _with_driver(url: str) -> URL:
    parsed = make_url(url)
    if parsed.drivername in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ValueError(f"unknown database {parsed.drivername!r}; known: sqlite, postgresql")
    return parsed


def _engine(url: URL, patience: float) -> Engine:
    if url.get_backend_name() != "sqlite":
        options = {"connect_timeout": max(2, round(patience))}  # libpq takes no fewer seconds
        return create_engine(url, connect_args=options, pool_pre_ping=True, pool_timeout=patience, **_POOL, **_JSON)
    if not url.database or url.database == ":memory:":
        raise ValueError("the database must be a file: sqlite:///path/to/imgdiff.db")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": patience}, pool_timeout=patience, **_POOL, **_JSON)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", partial(_begin, patience=patience))
    return engine


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver's implicit BEGIN would come late and be deferred
    _switch_to_wal(connection)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON", *_TUNING):
        connection.execute(f"PRAGMA {pragma}")


def _switch_to_wal(connection: Any) -> None:
    """Switch to WAL, also while other processes connect to the same new file.

    The switch takes a read lock and then an exclusive one. SQLite treats two processes that do so as a deadlock and
    fails one of them immediately with "database is locked", whatever its timeout, so it has to be repeated here.
    """
    until = time.monotonic() + _BUSY_SECONDS
    while not _try_switch(connection, patient=time.monotonic() < until):
        time.sleep(_PAUSE_SECONDS)


def _try_switch(connection: Any, *, patient: bool) -> bool:
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or not patient:
            raise
        return False
    return True


def _begin(connection: Connection, patience: float) -> None:
    statement, cursor = connection.get_execution_options().get(_BEGIN, "BEGIN"), connection.connection.cursor()
    if statement == "BEGIN":
        cursor.execute(statement)  # touches no file
        return
    cursor.execute("PRAGMA busy_timeout=0")
    try:
        if not _took_lock(cursor, statement, time.monotonic() + patience):
            connection.exec_driver_sql(statement)
    finally:
        cursor.execute(f"PRAGMA busy_timeout={round(1000 * patience)}")


def _took_lock(cursor: Any, statement: str, until: float) -> bool:
    """Ask for SQLite's lock every millisecond, as one thread of each process does; SQLite itself sleeps up to 100 ms
    between two looks, in which a process that writes much takes it again and again.
    """
    while time.monotonic() < until:
        try:
            cursor.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                return False  # the caller's own attempt says what is wrong
            time.sleep(_LOOK_SECONDS)
        else:
            return True
    return False
