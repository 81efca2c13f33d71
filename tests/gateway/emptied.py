"""PostgreSQL databases whose tables are emptied after a test and lent to the next one.

To make a copy and to drop it takes 0.11 s, since the server writes all pages to disk for each; to empty it, a fifth.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg

_PAUSE_SECONDS = 0.002  # between two looks whether the connections have ended; chosen, not measured
_WAIT_SECONDS = 30.0  # for them; chosen, not measured
_MOST_BYTES = 16 << 20  # of a database that is used again: rows that were deleted stay in its files; a new one has 9 MB
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
# The last change of what describes the tables; copies of a database have the same. Statistics may change plans.
_DESCRIPTION = """
SELECT (SELECT max(xmin::text::bigint) FROM pg_class), (SELECT max(xmin::text::bigint) FROM pg_attribute),
  (SELECT max(xmin::text::bigint) FROM pg_constraint), (SELECT max(xmin::text::bigint) FROM pg_trigger),
  (SELECT max(xmin::text::bigint) FROM pg_proc), (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_statistic),
  (SELECT string_agg(version_num, ',') FROM alembic_version)
"""


class EmptiedDatabases:
    """Lends databases that are as the template is, under names of their own: whoever kept an old one finds nothing."""

    def __init__(self, server: str, template: str) -> None:
        self._server, self._template = server, template
        self._free: list[str] = []
        with psycopg.connect(self._url(template), autocommit=True) as connection:
            tables = [name for (name,) in connection.execute(_TABLES)]
            filled = [one for one in tables if connection.execute(f"SELECT 1 FROM {one}").fetchone()]  # noqa: S608
            connection.execute("CREATE SCHEMA pristine")
            for one in filled:
                connection.execute(f"CREATE TABLE pristine.{one} AS SELECT * FROM {one}")  # noqa: S608
            self._description = connection.execute(_DESCRIPTION).fetchone()
        deletions = [f"DELETE FROM {one}" for one in tables]  # noqa: S608
        returns = [f"INSERT INTO {one} SELECT * FROM pristine.{one}" for one in filled]  # noqa: S608
        starts = "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence"
        self._emptying = "; ".join(["SET session_replication_role = replica", *deletions, *returns, starts])

    @contextmanager
    def lend(self) -> Iterator[str]:
        """The URL of one as long as the block lasts."""
        name = self._free.pop() if self._free else self._copy()
        yield self._url(name)
        self._take_back(name)

    def _url(self, name: str) -> str:
        return self._server.replace("/postgres?", f"/{name}?")

    def _copy(self) -> str:
        name = _name()
        with psycopg.connect(self._server, autocommit=True) as connection:
            # copied as files, which takes a quarter of the time that a copy by the log does
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY file_copy")
        return name

    def _take_back(self, name: str) -> None:
        new = _name()
        with psycopg.connect(self._server, autocommit=True) as connection:
            _disconnect(connection, name)
            connection.execute(f"ALTER DATABASE {name} RENAME TO {new}")
            if self._empty(new):
                self._free.append(new)
            else:
                connection.execute(f"DROP DATABASE {new} WITH (FORCE)")

    def _empty(self, name: str) -> bool:
        """Whether it is as the template now."""
        with psycopg.connect(self._url(name), autocommit=True) as connection:
            size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
            if connection.execute(_DESCRIPTION).fetchone() != self._description or size is None:
                return False
            connection.execute(self._emptying)
            return bool(size[0] < _MOST_BYTES)


def _name() -> str:
    return f"t{uuid4().hex}"


def _disconnect(connection: psycopg.Connection, name: str) -> None:
    """End what is connected to a database, and wait until it is gone."""
    others, until = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", time.monotonic()
    while connection.execute(others, (name,)).fetchall():
        assert time.monotonic() < until + _WAIT_SECONDS
        time.sleep(_PAUSE_SECONDS)
