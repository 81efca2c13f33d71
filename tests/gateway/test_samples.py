"""Samples over HTTP and by the command: balanced, the same each time, records in their own splits."""

import json
from collections import Counter
from collections.abc import Callable, Iterator

import httpx
import pytest
from typer.testing import CliRunner

from gateway.settings import GatewaySettings
from gateway.store.database import Database
from imgdiff import Client
from imgdiff.cli.app import app
from imgdiff.records import Change, Record, Verdict

Store = Callable[[Database, Record], Record]
_KINDS = ((Change.REMOVED, "cup", "table", 2), (Change.ADDED, "table", "cups", 3), (Change.REPLACED, "dog", "cats", 6))


@pytest.fixture
def stored(settings: GatewaySettings, record: Record, store_record: Store) -> dict[str, Change]:
    """Records of three kinds, and one that finds no difference; their changes by id."""
    database = Database(settings.database_url)
    bare = record.model_copy(update={"source": record.source.model_copy(update={"edit": None})})
    region = record.regions[0].model_copy(update={"kept": True})
    found = {}
    for change, label1, label2, count in _KINDS:
        one = region.model_copy(update={"change": change, "label1": label1, "label2": label2})
        for _ in range(count):
            found[store_record(database, bare.model_copy(update={"regions": (one,)})).id] = change
    store_record(database, bare.model_copy(update={"regions": (), "verdict": Verdict.SAME}))
    database.close()
    return found


@pytest.fixture
def later(settings: GatewaySettings, record: Record, store_record: Store) -> Callable[[], None]:
    def store() -> None:
        database = Database(settings.database_url)
        store_record(database, record)
        database.close()

    return store


@pytest.fixture
def imgdiff(client: httpx.Client) -> Iterator[Client]:
    with Client(str(client.base_url)) as imgdiff:
        yield imgdiff


def _rows(exported: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in exported.splitlines()]


def test_changes_labels_and_replacements_are_balanced(imgdiff: Client, stored: dict[str, Change]) -> None:
    def count(**options: object) -> Counter[Change]:
        pieces = imgdiff.export("default", **options)  # type: ignore[arg-type]
        return Counter(stored[str(row["id"])] for row in _rows(b"".join(pieces)))

    assert count(balance="change", per_group=3) == {Change.REMOVED: 2, Change.ADDED: 3, Change.REPLACED: 3}
    assert count(balance="change", sample=6) == {Change.REMOVED: 2, Change.ADDED: 2, Change.REPLACED: 2}
    assert count(balance="label", per_group=1).total() == 2  # cup and table are in the same records, as dog and cat are
    assert count(balance="replacement", sample=4) == {Change.REPLACED: 4}
    assert count(balance="change", per_group=3, change="added") == {Change.ADDED: 3}
    assert count(balance="change", per_group=3, verdict="same") == {}


def test_a_sample_of_a_version_has_the_same_bytes_and_goes_on_where_it_broke_off(
    client: httpx.Client, imgdiff: Client, stored: dict[str, Change], later: Callable[[], None]
) -> None:
    imgdiff.freeze("default", "v1")
    address = "/v1/datasets/default/export?balance=change&sample=5&sample_seed=3&version=v1"
    first = client.get(address)
    later()
    again, other = client.get(address), client.get(address.replace("seed=3", "seed=4"))
    rest = client.get(first.headers["Content-Location"] + "&start=100", headers={"If-Match": first.headers["ETag"]})

    assert len(_rows(first.content)) == 5
    assert (again.content, again.headers["ETag"]) == (first.content, first.headers["ETag"])
    assert rest.content == first.content[100:]
    assert other.headers["ETag"] != first.headers["ETag"]
    whole = {row["id"]: row["split"] for row in _rows(client.get("/v1/datasets/default/export?version=v1").content)}
    assert all(whole[row["id"]] == row["split"] for row in _rows(first.content))


def test_the_command_exports_some_records_at_random(client: httpx.Client, stored: dict[str, Change]) -> None:
    def export(*options: str) -> list[object]:
        result = CliRunner().invoke(app, ["export", "default", "--url", str(client.base_url), *options])
        return [row["id"] for row in _rows(result.stdout.encode())]

    assert len(export("--sample", "4")) == 4
    assert export("--sample", "4") == export("--sample", "4", "--sample-seed", "0")
    assert len(export("--balance", "label", "--per-group", "1")) == 2


@pytest.mark.parametrize(
    ("query", "pointer", "word"),
    [
        ("balance=change", "/query/balance", "sample"),
        ("per_group=3", "/query/per_group", "replacement"),
        ("balance=colour&sample=3", "/query/balance", "change"),
        ("sample=0", "/query/sample", "1"),
    ],
)
def test_what_is_missing_or_unknown_is_named(client: httpx.Client, query: str, pointer: str, word: str) -> None:
    client.post("/v1/datasets", json={"name": "default"})
    refused = client.get(f"/v1/datasets/default/export?{query}")

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    assert word in refused.text
