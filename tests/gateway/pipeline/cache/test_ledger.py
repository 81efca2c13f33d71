"""Counts of workers are added up; entries beyond the limit go, those first that were used least recently."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from gateway.pipeline.cache.ledger import Ledger
from gateway.store.database import Database
from gateway.store.results import entries, usage
from gateway.store.results.tables import EntryRow
from gateway.store.results.usage import Usage
from gateway.store.values import Stage
from imgdiff.jobs import StageName, StageState

_DETECTION = (StageName.DETECTION, "default")


def _put(database: Database, number: int, used_at: datetime) -> None:
    stage = Stage(id=f"stg_{number}", job_id="j", pair=0, round=0, name=StageName.DETECTION, state=StageState.RUNNING)
    with database.writing() as session:
        entries.put(session, f"{number}", stage, "default")
        session.execute(update(EntryRow).where(EntryRow.fingerprint == f"{number}").values(used_at=used_at))


def _left(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(EntryRow.fingerprint)))


def _counts(database: Database) -> dict[tuple[StageName, str], Usage]:
    with database.reading() as session:
        return usage.read(session)


def test_counts_of_two_workers_are_added_up(database: Database) -> None:
    one, other = Ledger(database, 10), Ledger(database, 10)
    one.count(*_DETECTION, Usage(hits=2))
    one.count(*_DETECTION, Usage(misses=1))
    other.count(*_DETECTION, Usage(hits=3, bypassed=1))
    other.count(StageName.EDITING, "acme", Usage(misses=1))

    for ledger in (one, other, one):
        ledger.write()

    acme = (StageName.EDITING, "acme")
    assert _counts(database) == {_DETECTION: Usage(hits=5, misses=1, bypassed=1), acme: Usage(misses=1)}


def test_what_is_left_is_written_at_the_end(database: Database) -> None:
    ledger = Ledger(database, 10)
    ledger.start()
    ledger.count(*_DETECTION, Usage(hits=1))

    ledger.close()

    assert _counts(database) == {_DETECTION: Usage(hits=1)}


def test_entries_beyond_the_limit_go_and_those_used_last_stay(database: Database) -> None:
    now = datetime.now(UTC)
    for number in range(6):
        _put(database, number, now - timedelta(hours=9 - number))
    ledger = Ledger(database, 2)
    ledger.count(*_DETECTION, Usage(hits=1))
    ledger.use("1")

    ledger.write()
    ledger.evict()
    ledger.evict()

    assert _left(database) == {"1", "5"}
    assert _counts(database) == {_DETECTION: Usage(hits=1, evicted=4)}


def test_an_entry_that_was_just_used_is_not_written_again(database: Database) -> None:
    soon = datetime.now(UTC) - timedelta(seconds=20)
    _put(database, 1, soon)
    ledger = Ledger(database, 2)
    ledger.count(*_DETECTION, Usage(hits=1))
    ledger.use("1")

    ledger.write()

    with database.reading() as session:
        assert session.scalar(select(EntryRow.used_at)) == soon
