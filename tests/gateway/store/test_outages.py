"""Errors that pass by themselves are told from those that would come again."""

import errno
import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.store.database import Database
from gateway.store.outages import outage
from imgdiff.errors import ServiceUnavailable


def _told(error: BaseException) -> str:
    expected = outage(error)
    assert isinstance(expected, ServiceUnavailable)
    assert expected.retry_after
    return expected.detail


def test_a_locked_file_is_busy_after_the_patience(new_sqlite: str) -> None:
    database = Database(new_sqlite, patience=0.05)
    with sqlite3.connect(new_sqlite.removeprefix("sqlite:///")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SQLAlchemyError) as failed, database.writing() as session:
            session.execute(text("SELECT 1"))
    database.close()

    assert "locked by another writer" in _told(failed.value)


def test_a_full_file_is_a_full_disk(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "full.db") as connection:
        connection.execute("CREATE TABLE filled (data)")
        connection.execute("PRAGMA max_page_count=3")
        with pytest.raises(sqlite3.OperationalError) as failed:
            connection.execute("INSERT INTO filled VALUES (zeroblob(100000))")

    assert "is full" in _told(failed.value)


def test_a_pool_without_a_free_connection_says_so(new_sqlite: str) -> None:
    database = Database(new_sqlite, patience=0.05)
    held = [database.engine.connect() for _ in range(40)]
    with pytest.raises(SQLAlchemyError) as failed:
        database.ping()
    for one in held:
        one.close()
    database.close()

    assert "all connections" in _told(failed.value)


def test_a_server_that_ends_connections_or_refuses_them_is_away(new_postgres: str) -> None:
    database = Database(new_postgres)
    name = (database.url.database or "").replace("/", "")
    server = new_postgres.replace(f"/{name}?", "/postgres?")
    with database.engine.connect() as connection, psycopg.connect(server, autocommit=True) as admin:
        connection.execute(text("SELECT 1"))
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        with pytest.raises(SQLAlchemyError) as broken:
            connection.execute(text("SELECT 1"))
        with pytest.raises(SQLAlchemyError) as refused:
            database.ping()
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    database.close()

    assert "stopped or restarted" in _told(broken.value)
    assert "the database" in _told(refused.value)


def test_a_server_that_is_not_there_cannot_be_reached() -> None:
    database = Database("postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(SQLAlchemyError) as failed:
        database.ping()

    assert "cannot be reached" in _told(failed.value)


def test_a_full_disk_under_any_file_is_told() -> None:
    assert "the disk is full" in _told(OSError(errno.ENOSPC, "No space left on device"))


def test_mistakes_of_ours_are_no_outage(database: Database) -> None:
    with pytest.raises(SQLAlchemyError) as failed, database.reading() as session:
        session.execute(text("SELECT nothing FROM nowhere"))

    assert outage(failed.value) is None
    assert outage(KeyError("x")) is None
    assert outage(BrokenPipeError(errno.EPIPE, "Broken pipe")) is None
