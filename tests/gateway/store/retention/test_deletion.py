"""Records and datasets go with all their rows, unless a job runs or a version names them."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from gateway.store import datasets, records
from gateway.store.database import Database
from gateway.store.finding import reading
from gateway.store.finding.filters import RecordFilter
from gateway.store.retention import deletion, versions
from gateway.store.retention.versions import Digest
from gateway.store.tables import DatasetRow, JobRow, PairRow, RecordRow, RegionRow
from imgdiff.datasets import NewVersion
from imgdiff.errors import Conflict, NotFound
from imgdiff.records import Record

Store = Callable[[Database, Record], Record]


@pytest.fixture
def stored(database: Database, record: Record, store_record: Store) -> list[Record]:
    """Three records, each with its job."""
    return [store_record(database, record) for _ in range(3)]


def _freeze(database: Database, name: str) -> None:
    with database.reading() as session:
        digest = Digest(session, "default")
    with database.writing() as session:
        versions.freeze(session, "default", NewVersion(name=name), digest)


def _set_state(database: Database, job: str, state: str) -> None:
    with database.writing() as session:
        session.execute(update(JobRow).where(JobRow.id == job).values(state=state))


def _count(database: Database, *tables: type) -> list[int]:
    with database.reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_a_deleted_record_is_neither_found_nor_counted(database: Database, stored: list[Record]) -> None:
    with database.writing() as session:
        deletion.delete_record(session, stored[1].id)

    with database.reading() as session:
        assert datasets.describe(session, "default").records == 2
        with pytest.raises(NotFound):
            records.get(session, stored[1].id)
        assert session.scalar(select(func.count()).where(PairRow.job_id == stored[1].job)) == 0
    with database.writing() as session, pytest.raises(NotFound):
        deletion.delete_record(session, stored[1].id)


def test_a_frozen_record_stays_until_its_versions_are_deleted(
    database: Database, stored: list[Record], record: Record, store_record: Store
) -> None:
    _freeze(database, "v1")
    _freeze(database, "v2")
    later = store_record(database, record)

    with pytest.raises(Conflict, match="v1, v2"), database.writing() as session:
        deletion.delete_record(session, stored[0].id)
    with database.writing() as session:
        deletion.delete_record(session, later.id)
        for name in ("v1", "v2"):
            versions.delete(session, "default", name)
        deletion.delete_record(session, stored[0].id)
        assert datasets.describe(session, "default").records == 2


def test_nothing_of_a_running_job_is_deleted(database: Database, stored: list[Record]) -> None:
    _set_state(database, stored[0].job, "running")

    with pytest.raises(Conflict, match=stored[0].job), database.writing() as session:
        deletion.delete_record(session, stored[0].id)
    with pytest.raises(Conflict, match=stored[0].job), database.writing() as session:
        deletion.begin(session, "default")
    assert _count(database, RecordRow) == [3]


def test_a_dataset_goes_with_all_its_rows(
    database: Database, stored: list[Record], record: Record, store_record: Store
) -> None:
    kept = store_record(database, record.model_copy(update={"dataset": "other"}))
    with database.writing() as session:
        deletion.begin(session, "default")
    while True:
        with database.writing() as session:
            if not deletion.delete_some(session, "default"):
                break

    assert _count(database, DatasetRow, JobRow, PairRow, RecordRow) == [1, 1, 1, 1]
    with database.reading() as session:
        assert records.get(session, kept.id) == kept
        assert set(session.scalars(select(RegionRow.dataset))) == {"other"}
    with database.writing() as session:
        datasets.ensure(session, "default")
        assert datasets.describe(session, "default").records == 0


def test_a_dataset_that_is_being_deleted_is_hidden_and_takes_no_job(database: Database, stored: list[Record]) -> None:
    with database.writing() as session:
        deletion.begin(session, "default")

    with database.writing() as session:
        deletion.begin(session, "default")  # a second request goes on where the first was cut off
        assert datasets.after(session, "", 9) == []
        with pytest.raises(NotFound):
            datasets.describe(session, "default")
        with pytest.raises(Conflict, match="being deleted"):
            datasets.ensure(session, "default")


def test_a_dataset_with_versions_stays(database: Database, stored: list[Record]) -> None:
    _freeze(database, "v1")

    with pytest.raises(Conflict, match="v1"), database.writing() as session:
        deletion.begin(session, "default")
    with database.writing() as session:
        versions.delete(session, "default", "v1")
        deletion.begin(session, "default")


def test_a_new_record_never_has_the_number_of_a_deleted_one(
    database: Database, stored: list[Record], record: Record, store_record: Store
) -> None:
    with database.reading() as session:
        last = records.newest(session, "default")
    with database.writing() as session:
        deletion.delete_record(session, stored[-1].id)
    new = store_record(database, record)

    with database.reading() as session:
        assert [one.id for one in reading.after(session, RecordFilter("default"), last, 9).records] == [new.id]
