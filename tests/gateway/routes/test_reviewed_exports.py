"""Exports have what reviewers found: corrected words, no rejected records, and the same bytes later."""

import io
import json
import tarfile
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from imgdiff.records import Record
from tests.gateway.routes.conftest import Both

Store = Callable[..., Record]


@pytest.fixture
def client(both: Both) -> httpx.Client:
    """A gateway over a database of each kind."""
    return both.client


@pytest.fixture
def stored(both: Both, record: Record, store_record: Store) -> list[Record]:
    """Four records in a dataset of their own."""
    name = f"d{uuid4().hex}"
    return [store_record(both.database, record.model_copy(update={"dataset": name})) for _ in range(4)]


def _review(client: httpx.Client, record: Record, **review: Any) -> None:
    answer = client.patch(f"/v1/records/{record.id}", json={"review": review}, headers={"if-match": "*"})
    assert answer.status_code == 200, answer.text


def _export(client: httpx.Client, records: list[Record], **query: Any) -> httpx.Response:
    answer = client.get(f"/v1/datasets/{records[0].dataset}/export", params=query)
    assert answer.status_code == 200, answer.text
    return answer


def _rows(client: httpx.Client, records: list[Record], **query: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _export(client, records, **query).text.splitlines()]


def _places(client: httpx.Client, records: list[Record], **query: Any) -> list[int]:
    ids = [one.id for one in records]
    return [ids.index(row["id"]) for row in _rows(client, records, **query)]


def test_corrected_words_win_except_in_the_documents(client: httpx.Client, stored: list[Record]) -> None:
    region = {"caption": "A <fox> is there.", "label2": "fox", "box": [1, 2, 30, 40]}
    _review(
        client, stored[0], corrections={"caption": "All is a fox.", "regions": {"0": region}}, rating={"box": "low"}
    )

    row, other = _rows(client, stored)[:2]
    document = _rows(client, stored, format="records")[0]

    (first, *_) = json.loads(row["regions"])
    assert (row["caption"], first["caption"], first["label2"], first["box"]) == (
        "All is a fox.",
        "A <fox> is there.",
        "fox",
        [1, 2, 30, 40],
    )
    rating = {"box": "low", "content": None, "caption": None}
    assert json.loads(row["review"]) == {"state": "corrected", "reviewers": 1, "rating": rating}
    assert json.loads(other["review"])["state"] == "unreviewed"
    assert document == client.get(f"/v1/records/{stored[0].id}").json()
    assert document["caption"] == stored[0].caption


def test_training_formats_have_the_corrected_words(client: httpx.Client, stored: list[Record]) -> None:
    _review(client, stored[0], corrections={"regions": {"0": {"caption": "A vulpine newcomer."}}})

    archive = _export(client, stored, format="internvl", images=False, container="tar").content

    texts = _read(archive)
    assert any("A vulpine newcomer." in text for name, text in texts.items() if name.endswith(".jsonl"))
    assert "| `corrected` | 1 |" in texts[f"{stored[0].dataset}-internvl/README.md"]


def _read(archive: bytes) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = ((one.name, tar.extractfile(one)) for one in tar.getmembers())
        return {name: file.read().decode() for name, file in files if file is not None}


def test_rejected_records_are_left_out_unless_they_are_asked_for(client: httpx.Client, stored: list[Record]) -> None:
    _review(client, stored[0], state="rejected")
    _review(client, stored[1], state="accepted")
    _review(client, stored[2], state="rejected", reviewer="anna")
    _review(client, stored[2], state="accepted", reviewer="ben")

    assert _places(client, stored) == [1, 2, 3]
    assert _places(client, stored, include_rejected=True) == [0, 1, 2, 3]
    assert _places(client, stored, review="rejected") == [0]
    assert _places(client, stored, review=["accepted", "disputed"]) == [1, 2]
    assert sorted(_places(client, stored, sample=9)) == [1, 2, 3]
    assert _places(client, stored, balance="label", per_group=9, review="accepted") == [1]
    assert _places(client, stored, balance="replacement", per_group=9) == [1, 2, 3]
    readme = _read(_export(client, stored, format="records", container="tar", images=False).content)
    card = readme[f"{stored[0].dataset}-records/README.md"]
    assert "People reviewed 2 pairs of 3. Records that reviewers rejected are left out." in card
    assert "Chosen by" not in card


def test_the_same_address_gives_the_same_bytes_whatever_is_reviewed(client: httpx.Client, stored: list[Record]) -> None:
    _review(client, stored[0], state="accepted")
    first = _export(client, stored)
    _review(client, stored[0], state="rejected")
    _review(client, stored[1], corrections={"caption": "new"})

    again = client.get(first.headers["content-location"])
    now = _export(client, stored)

    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert now.headers["etag"] != first.headers["etag"]
    assert _places(client, stored) == [1, 2, 3]


def test_a_version_keeps_the_reviews_of_its_time(client: httpx.Client, stored: list[Record]) -> None:
    _review(client, stored[0], state="rejected")
    path = f"/v1/datasets/{stored[0].dataset}/versions"
    assert client.post(path, json={"name": "v1"}).status_code == 201
    frozen = _export(client, stored, version="v1").content
    _review(client, stored[0], state="accepted")
    _review(client, stored[1], state="rejected")

    assert _export(client, stored, version="v1").content == frozen
    assert _places(client, stored, version="v1") == [1, 2, 3]
    assert _places(client, stored, version="v1", review="rejected") == [0]
    assert _places(client, stored) == [0, 2, 3]
