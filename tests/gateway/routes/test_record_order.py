"""Lists of records: filters of reviews, reasons and words, the queue of reviews, on both databases."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert, select

from gateway.store.database import Database
from gateway.store.tables import RecordRow
from imgdiff.records import Record
from tests.gateway.routes.conftest import Both

Store = Callable[..., Record]
MANY = 5_000  # records of a queue, as many as the page is measured with


@pytest.fixture
def client(both: Both) -> httpx.Client:
    """A gateway over a database of each kind."""
    return both.client


@pytest.fixture
def stored(both: Both, record: Record, store_record: Store) -> list[Record]:
    """Records with confidences and captions of their own, in a dataset of their own."""
    made = []
    for confidence, caption in (
        (0.9, "A fox."),
        (None, "A red chalice, 100% new"),
        (0.2, "A violet chalice"),
        (0.5, "Nothing_"),
    ):
        wanted = {"dataset": f"d{id(both)}x{len(made)}", "confidence": confidence, "caption": caption}
        made.append(record.model_copy(update=wanted))
    name = f"d{uuid4().hex}"
    return [store_record(both.database, one.model_copy(update={"dataset": name})) for one in made]


def _path(records: list[Record]) -> str:
    return f"/v1/datasets/{records[0].dataset}/records"


def _list(client: httpx.Client, records: list[Record], **query: Any) -> list[int]:
    """The listed records by their place among those stored."""
    answer = client.get(_path(records), params=query)
    assert answer.status_code == 200, answer.text
    ids = [one.id for one in records]
    return [ids.index(one["id"]) for one in answer.json()["records"]]


def _review(client: httpx.Client, record: Record, **review: Any) -> None:
    answer = client.patch(f"/v1/records/{record.id}", json={"review": review}, headers={"if-match": "*"})
    assert answer.status_code == 200, answer.text


def test_records_are_found_by_their_review(client: httpx.Client, stored: list[Record]) -> None:
    _review(client, stored[0], state="accepted")
    _review(client, stored[2], state="rejected")
    _review(client, stored[3], corrections={"caption": "All fine"})

    assert _list(client, stored, review="unreviewed") == [1]
    assert _list(client, stored, review=["accepted", "corrected"]) == [0, 3]
    assert _list(client, stored, review=["unreviewed", "rejected"]) == [1, 2]
    assert _list(client, stored, review="disputed") == []
    assert _list(client, stored, review="accepted", verdict="different", change="replaced") == [0]
    assert client.get(_path(stored), params={"review": "nice"}).status_code == 422
    statistics = client.get(_path(stored).replace("/records", "/statistics"), params={"review": "accepted"})
    assert statistics.json()["records"] == 1


def test_words_are_found_as_text_whatever_they_mean_to_the_database(client: httpx.Client, stored: list[Record]) -> None:
    _review(client, stored[0], corrections={"caption": "A Stra\N{LATIN SMALL LETTER SHARP S}e"})

    assert _list(client, stored, q="CHALICE a") == [1, 2]
    assert _list(client, stored, q="violet  chal") == [2]
    assert _list(client, stored, q="100%") == [1]
    assert _list(client, stored, q="hing_") == [3]
    assert _list(client, stored, q="%") == [1]
    assert _list(client, stored, q="strasse") == [0], "as corrected"
    assert _list(client, stored, q="fox") == [0], "as the models said it"
    assert _list(client, stored, q="' OR 1=1 --") == []
    assert _list(client, stored, q=" ") == [0, 1, 2, 3]
    assert client.get(_path(stored), params={"q": " ".join(map(str, range(17)))}).status_code == 422


def test_records_are_found_by_the_gates_that_fired(client: httpx.Client, stored: list[Record]) -> None:
    codes = {reason.code for region in stored[0].regions for reason in region.reasons}

    for code in codes:
        assert _list(client, stored, reason=code) == [0, 1, 2, 3]
        assert _list(client, stored, reason=code[:-1]) == []
    assert codes
    assert client.get(_path(stored), params={"reason": "no code"}).status_code == 422


def test_the_doubtful_come_first_page_by_page(client: httpx.Client, stored: list[Record]) -> None:
    _review(client, stored[2], state="accepted")

    assert _list(client, stored, order="doubtful") == [1, 2, 3, 0]
    assert _list(client, stored, order="doubtful", review="unreviewed") == [1, 3, 0]
    assert _list(client, stored, order="doubtful", review="unreviewed", q="fox") == [0]
    assert _list(client, stored, order="doubtful", label="dog", min_confidence=0.3) == [3, 0]
    pages = list(_pages(client, _path(stored), order="doubtful", page_size=1))
    assert [page[0]["id"] for page in pages] == [stored[place].id for place in (1, 2, 3, 0)]


def _pages(client: httpx.Client, path: str, **query: Any) -> Iterator[list[dict[str, Any]]]:
    cursor = None
    while True:
        answer = client.get(path, params={**query, **({} if cursor is None else {"cursor": cursor})}).json()
        yield answer["records"]
        cursor = answer["next_cursor"]
        if cursor is None:
            return


def test_a_cursor_belongs_to_its_order(client: httpx.Client, stored: list[Record]) -> None:
    cursors = {
        order: client.get(_path(stored), params={"order": order, "page_size": 1}).json()["next_cursor"]
        for order in ("oldest", "doubtful")
    }

    for order, other in (("oldest", "doubtful"), ("doubtful", "oldest")):
        refused = client.get(_path(stored), params={"order": order, "cursor": cursors[other]})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/cursor")


def test_a_long_queue_is_read_in_pages_that_look_at_few(client: httpx.Client, both: Both, stored: list[Record]) -> None:
    _fill(both.database, stored[0])

    first = client.get(_path(stored), params={"order": "doubtful", "review": "unreviewed", "page_size": 3}).json()
    rare = list(_pages(client, _path(stored), order="doubtful", q="fox", page_size=2))

    assert [one["id"] for one in first["records"]] == [stored[1].id, *(f"r{stored[0].dataset}{n}" for n in (0, 1))]
    assert [one["id"] for page in rare for one in page] == [stored[0].id]
    assert len(rare) == 3, "2,000 records a page"


def _fill(database: Database, like: Record) -> None:
    """Many records of less confidence."""
    with database.writing() as session:
        (row,) = session.scalars(select(RecordRow).where(RecordRow.id == like.id))
        columns = ("job_id", "dataset", "verdict", "created_at", "shape", "document", "reasons")
        values = {name: getattr(row, name) for name in columns}
        many = [
            {**values, "id": f"r{like.dataset}{n}", "pair": n + 1, "doubt": n / MANY / 10, "words": "none"}
            for n in range(MANY)
        ]
        for one in many[:2]:
            one["document"] = row.document.replace(like.id, str(one["id"]))
        session.execute(insert(RecordRow), many)
