"""Transactions, snapshots and constraints hold on both databases, also with several writers."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.migration import check, migrate
from gateway.store.tables import DatasetRow, PairRow
from imgdiff.datasets import NewDataset
from imgdiff.errors import Conflict


def _run_concurrently(count: int, act) -> list[BaseException]:  # type: ignore[no-untyped-def]
    failed: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def test_the_migrations_lead_to_the_tables_of_the_code(database: Database) -> None:
    check(database)


def test_several_processes_may_start_at_once(bare_database_url: str) -> None:
    databases = [Database(bare_database_url) for _ in range(4)]
    waiting = iter(databases)

    assert _run_concurrently(4, lambda: migrate(next(waiting))) == []
    check(databases[0])
    for database in databases:
        database.close()


def test_a_new_file_that_another_process_writes_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE taken (number)")
    other.execute("BEGIN IMMEDIATE")  # SQLite now fails a switch to WAL immediately with "database is locked"
    ends = threading.Timer(0.3, other.execute, ["COMMIT"])
    ends.start()
    database = Database(f"sqlite:///{path}")

    database.ping()

    ends.join()
    with database.reading() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    database.close()
    other.close()


def test_read_then_write_loses_no_update(database: Database) -> None:
    with database.writing() as session:
        datasets.create(session, NewDataset(name="counter", description="0"))

    def count() -> None:
        with database.writing() as session:
            row = session.get_one(DatasetRow, "counter", with_for_update=True)
            row.description = str(int(row.description) + 1)

    assert _run_concurrently(12, count) == []
    with database.reading() as session:
        assert datasets.describe(session, "counter").description == "12"


def test_only_one_of_many_writers_gets_a_name(database: Database) -> None:
    def create() -> None:
        with database.writing() as session:
            datasets.create(session, NewDataset(name="one"))

    failed = _run_concurrently(6, create)

    assert [type(error) for error in failed] == [Conflict] * 5


def test_an_error_rolls_everything_back(database: Database) -> None:
    def half() -> None:
        with database.writing() as session:
            datasets.create(session, NewDataset(name="half"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()

    with database.reading() as session:
        assert datasets.after(session, "", 10) == []


def test_foreign_keys_are_enforced(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(PairRow(job_id="job_nowhere", pair=0))


def test_a_reader_sees_one_snapshot_while_others_write(database: Database) -> None:
    with database.reading() as session:
        assert datasets.after(session, "", 10) == []
        with database.writing() as writer:
            datasets.create(writer, NewDataset(name="later"))
        assert datasets.after(session, "", 10) == []
    with database.reading() as session:
        assert [one.name for one in datasets.after(session, "", 10)] == ["later"]


def test_a_writer_sees_what_others_committed_meanwhile(database: Database) -> None:
    """Readers and writers share a pool, so a reader's snapshot must not stay with its connection."""
    with database.reading() as session:
        datasets.after(session, "", 10)
    if not database.is_sqlite:
        with database.writing() as session:
            assert session.scalar(text("SHOW transaction_isolation")) == "read committed"
            assert session.scalar(text("SHOW transaction_read_only")) == "off"


def test_times_come_back_in_utc(database: Database) -> None:
    with database.writing() as session:
        made = datasets.create(session, NewDataset(name="now"))
    with database.reading() as session:
        found = datasets.describe(session, "now").created_at

    assert found == made.created_at
    assert found.tzinfo is UTC or found.utcoffset() == datetime.now(UTC).utcoffset()


def test_sqlite_writes_ahead_and_checks_foreign_keys(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new folder/imgdiff.db")
    with database.reading() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
    database.close()


@pytest.mark.parametrize("url", ["mysql://root@localhost/x", "sqlite://", "sqlite:///:memory:"])
def test_an_unsupported_database_is_rejected(url: str) -> None:
    with pytest.raises(ValueError, match="database"):
        Database(url)
