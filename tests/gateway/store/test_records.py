"""Records are counted as they come, and listed page by page under any filter, on both databases."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import insert, update

from gateway.store import datasets, records
from gateway.store.database import Database
from gateway.store.finding import reading
from gateway.store.finding.filters import RecordFilter
from gateway.store.tables import JobRow, RecordRow
from imgdiff.records import Change, Record, Verdict

Store = Callable[[Database, Record], Record]
MANY = 4_500  # more than two pages look at


@pytest.fixture
def stored(database: Database, record: Record, store_record: Store) -> list[Record]:
    """Two with kept regions, of which one is less certain, and one without."""
    same = record.model_copy(update={"verdict": Verdict.SAME, "regions": (), "confidence": 0.99, "similarity": 1.0})
    unsure = record.model_copy(update={"confidence": 0.5, "similarity": 0.2})
    return [store_record(database, one) for one in (record, same, unsure)]


def _ids(database: Database, **conditions: Any) -> list[str]:
    with database.reading() as session:
        return [one.id for one in reading.after(session, RecordFilter("default", **conditions), 0, 10).records]


def test_conditions_hold_together(database: Database, stored: list[Record]) -> None:
    first, same, unsure = (one.id for one in stored)
    region = next(one for one in stored[0].regions if one.kept and one.label1)
    both = {"label": region.label1, "change": region.change}
    other = next(change for change in Change if all(one.change is not change for one in stored[0].regions))

    assert _ids(database, label=region.label1) == [first, unsure]
    assert _ids(database, label=f" {region.label1.upper()}s") == [first, unsure]
    assert _ids(database, **both, min_confidence=0.6) == [first]
    assert _ids(database, **both, verdict=Verdict.SAME) == []
    assert _ids(database, label=region.label1, change=other) == []
    assert _ids(database, min_confidence=0.98) == [same]
    assert _ids(database, max_similarity=0.3) == [unsure]
    assert _ids(database, min_similarity=0.3, verdict=Verdict.DIFFERENT) == [first]
    assert _ids(database, label="zebra") == []


def _pages(database: Database, condition: RecordFilter, through: int | None = None) -> Iterator[reading.Batch]:
    position: int | None = 0
    while position is not None:
        with database.reading() as session:
            page = reading.after(session, condition, position, 2, through)
        position = page.position
        yield page


def test_rare_records_are_found_in_pages_that_look_at_few(
    database: Database, record: Record, store_record: Store
) -> None:
    common = store_record(database, record.model_copy(update={"confidence": 0.1}))
    document = common.model_dump_json()
    row = {"dataset": "default", "verdict": "different", "confidence": 0.1, "created_at": common.created_at}
    job = {"id": "job_many", "kind": "synthesis", "state": "succeeded", "dataset": "default", "request": {}}
    with database.writing() as session:
        session.execute(insert(JobRow), [{**job, "created_at": common.created_at}])
        session.execute(
            insert(RecordRow),
            [{**row, "id": f"r{n}", "job_id": "job_many", "pair": n, "document": document} for n in range(MANY)],
        )
    rare = [store_record(database, record.model_copy(update={"confidence": 0.9})) for _ in range(3)]

    pages = list(_pages(database, RecordFilter("default", min_confidence=0.8)))

    assert [one.id for page in pages for one in page.records] == [one.id for one in rare]
    assert any(not page.records for page in pages)
    with database.reading() as session:
        last = records.newest(session, "default")
    before = list(_pages(database, RecordFilter("default", min_confidence=0.8), last - 1))
    assert [one.id for page in before for one in page.records] == [one.id for one in rare[:2]]


def test_a_page_that_is_full_at_the_end_is_the_last(database: Database, stored: list[Record]) -> None:
    pages = list(_pages(database, RecordFilter("default", verdict=Verdict.DIFFERENT)))

    assert [len(page.records) for page in pages] == [2]


def test_writers_at_the_same_time_lose_no_count(database: Database, record: Record, store_record: Store) -> None:
    threads = [threading.Thread(target=store_record, args=(database, record)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.reading() as session:
        assert datasets.describe(session, "default").verdicts == {"different": 8}


def test_a_document_of_this_version_goes_out_as_it_was_stored(database: Database, stored: list[Record]) -> None:
    first, *others = [one.model_dump_json() for one in stored]
    marked = first.replace('"schema_version":2', '"schema_version":2 ', 1)
    assert marked != first
    with database.writing() as session:
        session.execute(update(RecordRow).where(RecordRow.id == stored[0].id).values(document=marked))

    assert _texts(database) == [marked, *others]


def test_a_document_of_an_earlier_version_goes_out_with_the_fields_that_have_come_since(
    database: Database, stored: list[Record]
) -> None:
    texts = [one.model_dump_json() for one in stored]
    earlier = {name: value for name, value in json.loads(texts[0]).items() if name not in ("scene", "question")}
    for shape in (None, "0" * 16):
        with database.writing() as session:
            first = update(RecordRow).where(RecordRow.id == stored[0].id)
            session.execute(first.values(document=json.dumps(earlier), shape=shape))

        complete = json.loads(_texts(database)[0])

        assert complete == json.loads(texts[0]) | {"scene": None, "question": None}
        assert _texts(database)[1:] == texts[1:]


def _texts(database: Database) -> list[str]:
    with database.reading() as session:
        return list(reading.texts(session, RecordFilter("default"), 0, 10)[0])
