"""A version names the records that were there, also when others are added at that moment."""

import hashlib
import threading
from collections.abc import Callable

import pytest

from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.finding import reading
from gateway.store.finding.filters import RecordFilter
from gateway.store.retention import deletion, versions
from gateway.store.retention.versions import Digest
from imgdiff.datasets import DatasetChange, DatasetVersion, NewVersion
from imgdiff.errors import Conflict, NotFound
from imgdiff.records import Record

Store = Callable[[Database, Record], Record]


def _freeze(database: Database, name: str, digest: Digest | None = None) -> DatasetVersion:
    if digest is None:
        with database.reading() as session:
            digest = Digest(session, "default")
    with database.writing() as session:
        return versions.freeze(session, "default", NewVersion(name=name), digest)


def _digest(*stored: Record) -> str:
    return hashlib.sha256("".join(f"{one.id}\n" for one in stored).encode()).hexdigest()


def test_its_digest_is_of_the_ids_in_order(database: Database, record: Record, store_record: Store) -> None:
    stored = [store_record(database, record) for _ in range(3)]

    first, again = _freeze(database, "v1"), _freeze(database, "v2")

    assert (first.records, first.digest) == (3, _digest(*stored))
    assert again.digest == first.digest
    with database.reading() as session:
        assert versions.get(session, "default", "v1") == first
        assert versions.after(session, "default", "v1", 9) == [again]


def test_records_that_come_or_go_while_the_digest_is_made_are_counted(
    database: Database, record: Record, store_record: Store
) -> None:
    stored = [store_record(database, record) for _ in range(3)]
    with database.reading() as session:
        earlier = Digest(session, "default")
    new = store_record(database, record)
    grown = _freeze(database, "grown", earlier)
    with database.writing() as session:
        versions.delete(session, "default", "grown")
        deletion.delete_record(session, stored[1].id)

    assert grown.digest == _digest(*stored, new)
    assert _freeze(database, "shrunk", earlier).digest == _digest(stored[0], stored[2], new)


def test_what_it_holds_stays(database: Database, record: Record, store_record: Store) -> None:
    stored = [store_record(database, record) for _ in range(2)]
    _freeze(database, "v1")
    store_record(database, record)
    with database.writing() as session:
        datasets.change(session, "default", DatasetChange(description="later", tags=("new",)))

    with database.reading() as session:
        held = versions.contents(session, "default", "v1")
        found = reading.after(session, RecordFilter("default"), 0, 9, held.through).records
    assert list(found) == stored
    assert (held.dataset.records, held.dataset.description, held.dataset.tags) == (2, "", ())


def test_a_record_that_is_being_written_is_in_the_version_or_after_it(
    database: Database, record: Record, store_record: Store
) -> None:
    store_record(database, record)
    frozen: list[DatasetVersion] = []
    threads = [threading.Thread(target=store_record, args=(database, record)) for _ in range(8)]
    threads.insert(4, threading.Thread(target=lambda: frozen.append(_freeze(database, "v1"))))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.reading() as session:
        held = versions.contents(session, "default", "v1")
        found = reading.after(session, RecordFilter("default"), 0, 20, held.through).records
    assert (len(found), _digest(*found)) == (frozen[0].records, frozen[0].digest)


def test_a_taken_name_and_an_unknown_dataset_are_refused(
    database: Database, record: Record, store_record: Store
) -> None:
    store_record(database, record)
    _freeze(database, "v1")

    with pytest.raises(Conflict, match="v1"):
        _freeze(database, "v1")
    with database.reading() as session, pytest.raises(NotFound, match="nowhere"):
        Digest(session, "nowhere")
    with database.reading() as session, pytest.raises(NotFound, match="v9"):
        versions.get(session, "default", "v9")
