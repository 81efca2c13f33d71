"""A dataset is streamed in a format and a container, later with the same bytes, and from any byte on."""

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from gateway.app import create_app
from gateway.exports.catalogue import find_exporter
from gateway.exports.companions.adding import add_companions
from gateway.exports.containers import Container
from gateway.exports.stream import settle
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from imgdiff.errors import ImgdiffError, NotFound
from imgdiff.records import Record
from tests.gateway.exports.dataset import draw_image, open_source, store_image, vary
from tests.gateway.funnel.scenarios import Scenario, run

Store = Callable[[Database, Record], Record]
EXPORT = "/v1/datasets/default/export"


@pytest.fixture
def client(settings: GatewaySettings, database: Database, serve) -> httpx.Client:  # type: ignore[no-untyped-def]
    url = database.url.render_as_string(hide_password=False)
    client: httpx.Client = serve(create_app(settings.model_copy(update={"database_url": url})))
    return client


@pytest.fixture
def stored(settings: GatewaySettings, database: Database, record: Record, store_record: Store) -> list[Record]:
    """Four records with their images."""
    store = AssetStore(settings.assets_url)
    sides = [store_image(database, store, draw_image(640, 480, seed)) for seed in range(3)]
    return [store_record(database, one) for one in vary(record, *sides)]


def test_a_format_that_stands_alone_is_one_file(client: httpx.Client, stored: list[Record]) -> None:
    answer = client.get(EXPORT, params={"format": "records"})

    assert [Record.model_validate_json(line) for line in answer.text.splitlines()] == stored
    assert answer.headers["content-type"].startswith("application/jsonl")
    assert answer.headers["content-disposition"] == 'attachment; filename="default-records.jsonl"'


def test_with_images_it_is_an_archive(client: httpx.Client, stored: list[Record]) -> None:
    tar = client.get(EXPORT, params={"images": "true"})
    zipped = client.get(EXPORT, params={"images": "true", "container": "zip"})
    with tarfile.open(fileobj=io.BytesIO(tar.content)) as archive:
        names = archive.getnames()
    with zipfile.ZipFile(io.BytesIO(zipped.content)) as other:
        assert (other.testzip(), other.namelist()) == (None, names)

    assert names[0] == "default-jsonl/data.jsonl"
    assert len([name for name in names if name.startswith("default-jsonl/images/")]) == 3
    assert int(tar.headers["imgdiff-image-bytes"]) >= 0


def test_filters_choose_the_records(client: httpx.Client, stored: list[Record]) -> None:
    answer = client.get(EXPORT, params={"verdict": "same"})

    assert [json.loads(line)["id"] for line in answer.text.splitlines()] == [stored[2].id]


def test_a_limit_gives_the_first_records_alone(client: httpx.Client, stored: list[Record]) -> None:
    few = client.get(EXPORT, params={"format": "records", "limit": 2})
    chosen = client.get(EXPORT, params={"format": "records", "limit": 2, "min_confidence": 0.9})
    archive = client.get(EXPORT, params={"images": "true", "limit": 1})
    with tarfile.open(fileobj=io.BytesIO(archive.content)) as opened:
        names = opened.getnames()

    assert [Record.model_validate_json(line) for line in few.text.splitlines()] == stored[:2]
    assert [json.loads(line)["id"] for line in chosen.text.splitlines()] == [stored[0].id, stored[2].id]
    assert len([name for name in names if "/images/" in name]) == 2
    assert archive.headers["etag"] != client.get(EXPORT, params={"images": "true", "limit": 2}).headers["etag"]
    assert "limit=1" in archive.headers["content-location"]


def test_the_address_of_an_export_gives_the_same_bytes_later(
    client: httpx.Client, database: Database, stored: list[Record], store_record: Store
) -> None:
    first = client.get(EXPORT, params={"images": "true"})
    store_record(database, stored[0])
    again = client.get(first.headers["content-location"])
    now = client.get(EXPORT, params={"images": "true"})

    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert now.headers["etag"] != first.headers["etag"]


def test_rejected_pairs_are_counted_when_the_export_begins(
    client: httpx.Client, database: Database, stored: list[Record]
) -> None:
    with database.writing() as session:
        run(session, Scenario(1, pairs=8), "default")
    params = {"container": "tar"}
    first = client.get(EXPORT, params=params)
    client.post("/v1/datasets/default/versions", json={"name": "v1"})
    frozen = client.get(EXPORT, params=params | {"version": "v1"})
    rejected = client.get("/v1/datasets/default/funnel").json()["rejected"]
    with database.writing() as session:
        run(session, Scenario(2, pairs=8), "default")
    later = client.get(EXPORT, params=params)

    assert sum(rejected.values()) > 0
    for answer in (first, frozen):
        assert _count_rejected(answer.content) == sum(rejected.values())
        assert client.get(answer.headers["content-location"]).content == answer.content
    assert _count_rejected(later.content) > sum(rejected.values())


def _count_rejected(archive: bytes) -> int:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        card = opened.extractfile("default-jsonl/README.md").read().decode()  # type: ignore[union-attr]
    return int(card.partition("Of the whole dataset, ")[2].partition(" pair")[0])


def test_a_download_goes_on_where_it_broke_off(client: httpx.Client, stored: list[Record]) -> None:
    first = client.get(EXPORT, params={"images": "true"})
    address, tag = first.headers["content-location"], first.headers["etag"]
    rest = client.get(f"{address}&start=5000", headers={"If-Match": tag})
    other = client.get(f"{address}&start=5000", headers={"If-Match": '"other"'})

    assert rest.content == first.content[5000:]
    assert rest.headers["content-location"] == address
    assert (other.status_code, other.json()["type"]) == (412, "urn:imgdiff:problem:precondition-failed")


def test_an_image_that_is_missing_ends_the_archive_with_the_problem(
    client: httpx.Client, settings: GatewaySettings, database: Database, record: Record, store_record: Store
) -> None:
    store_record(database, record)
    received: list[bytes] = []
    with client.stream("GET", EXPORT, params={"images": "true"}) as answer, pytest.raises(httpx.RemoteProtocolError):
        received.extend(answer.iter_bytes())
    data = b"".join(received)
    with tarfile.open(fileobj=io.BytesIO(data), mode="r|") as archive:
        entries = {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]

    assert list(entries) == ["default-jsonl/data.jsonl", "default-jsonl/.imgdiff-error.json"]
    assert record.image1.asset in json.loads(entries["default-jsonl/.imgdiff-error.json"])["detail"]
    assert not data.endswith(bytes(2 * tarfile.BLOCKSIZE))  # an archive's end


@pytest.mark.parametrize("name", ["coco", "cvat", "llava", "parquet", "webdataset"])
def test_an_image_that_disappears_between_two_files_is_explained(
    settings: GatewaySettings, database: Database, stored: list[Record], name: str
) -> None:
    source = open_source(database, AssetStore(settings.assets_url))
    export = settle(find_exporter(name), source, None, True, add_companions)
    pieces = export.read()
    begun = [next(pieces)] if name not in {"parquet", "webdataset"} else []
    for path in Path(urlsplit(settings.assets_url).path).rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(NotFound, match="missing"):
        begun.extend(pieces)
    with tarfile.open(fileobj=io.BytesIO(b"".join(begun)), mode="r|") as archive:
        last = [(entry.name, archive.extractfile(entry).read()) for entry in archive][-1]  # type: ignore[union-attr]

    assert (last[0], json.loads(last[1])["status"]) == (f"default-{name}/.imgdiff-error.json", 404)


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"format": "xml"}, "/query/format"),
        ({"container": "rar"}, "/query/container"),
        ({"images": "true", "container": "none"}, "/query/container"),
        ({"start": "-1"}, "/query/start"),
        ({"limit": "0"}, "/query/limit"),
        ({"through": "?"}, "/query/cursor"),
    ],
)
def test_what_cannot_be_exported_is_rejected(
    client: httpx.Client, stored: list[Record], params: dict[str, str], pointer: str
) -> None:
    answer = client.get(EXPORT, params=params)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize(
    ("params", "what"),
    [
        ({"format": "jsonl", "images": "true"}, "jsonl with images"),
        ({"format": "parquet", "images": "false"}, "parquet"),
    ],
)
def test_several_files_need_an_archive(
    client: httpx.Client, stored: list[Record], params: dict[str, str], what: str
) -> None:
    answer = client.get(EXPORT, params=params | {"container": "none"})

    assert answer.json()["errors"][0]["detail"] == f"{what} has several files; ask for container tar or zip"


def test_a_version_is_exported_with_the_same_bytes_for_ever(
    client: httpx.Client, database: Database, stored: list[Record], store_record: Store
) -> None:
    client.post("/v1/datasets/default/versions", json={"name": "v1"})
    params = {"images": "true", "version": "v1"}
    first = client.get(EXPORT, params=params)
    later = store_record(database, stored[0])
    client.patch("/v1/datasets/default", json={"description": "changed", "tags": ["new"]})
    for one in (stored[1], later):
        client.delete(f"/v1/records/{one.id}")
    again = client.get(first.headers["content-location"])

    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert first.headers["imgdiff-image-bytes"] == again.headers["imgdiff-image-bytes"] != "0"
    assert client.get(EXPORT, params={"version": "v2"}).status_code == 404
    both = client.get(EXPORT, params={"version": "v1", "through": "MTo5"})
    assert (both.status_code, both.json()["errors"][0]["pointer"]) == (422, "/query/through")


def test_after_a_deletion_an_export_has_another_tag(client: httpx.Client, stored: list[Record]) -> None:
    first = client.get(EXPORT)
    client.delete(f"/v1/records/{stored[-1].id}")
    rest = client.get(first.headers["content-location"], headers={"If-Match": first.headers["etag"]})

    assert rest.status_code == 412


@pytest.mark.parametrize(("gone", "kind"), [("/v1/datasets/default", "not-found"), ("/v1/records/{id}", "conflict")])
def test_what_is_deleted_during_an_export_ends_it_with_the_problem(
    client: httpx.Client, settings: GatewaySettings, database: Database, stored: list[Record], gone: str, kind: str
) -> None:
    source = open_source(database, AssetStore(settings.assets_url))
    export = settle(find_exporter("records"), source, Container.TAR, True, add_companions)
    pieces = export.read()
    begun = [next(pieces) for _ in range(4)]  # the records are written, the first image begins
    assert client.delete(gone.format(id=stored[0].id)).status_code == 204
    with pytest.raises(ImgdiffError):
        begun.extend(pieces)
    with tarfile.open(fileobj=io.BytesIO(b"".join(begun)), mode="r|") as archive:
        entries = {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]

    problem = json.loads(entries["default-records/.imgdiff-error.json"])
    assert problem["type"] == f"urn:imgdiff:problem:{kind}"
