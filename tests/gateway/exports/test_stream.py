"""An export as it is sent: full disks, readers that leave, names; the tests of the route have the rest."""

import io
import json
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from gateway.app import create_app
from gateway.exports.catalogue import find_exporter
from gateway.exports.companions.adding import add_companions
from gateway.exports.containers import Container
from gateway.exports.files import Piece
from gateway.exports.stream import Export, gather, settle
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from imgdiff.records import Record
from tests.full_disk import full_disk
from tests.gateway.exports.dataset import SmallDataset, open_source
from tests.gateway.exports.special import Special

SPOOLED = 10 * 2**20  # bytes: more than is kept in memory, less than the list of the records


def _export(small: SmallDataset, name: str, container: Container | None = None) -> Export:
    images = None if container is None else False
    return settle(find_exporter(name), small.source, container, images, add_companions)


@pytest.mark.parametrize("name", ["coco", "jsonl", "parquet"])
def test_a_full_disk_of_the_gateway_is_the_problem_in_the_archive(special: Special, name: str) -> None:
    export = _export(special.late(), name, Container.TAR)
    received: list[list[Piece]] = []
    with full_disk(SPOOLED), pytest.raises(OSError, match="File too large"):
        received.extend(gather(export.read()))
    data = b"".join(chain.from_iterable(received))
    with tarfile.open(fileobj=io.BytesIO(data), mode="r|") as archive:
        found = {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]
    problem = found.popitem()[1]

    assert f"late-{name}/{find_exporter(name).main}" not in found
    assert (json.loads(problem)["status"], "temporary folder: File too large" in problem.decode()) == (503, True)
    assert not data.endswith(bytes(2 * tarfile.BLOCKSIZE))  # an archive's end


def _spooled() -> list[str]:
    """Files that are open and have no name any more."""
    links = []
    for path in list(Path("/proc/self/fd").iterdir()):
        try:
            links.append(str(path.readlink()))
        except FileNotFoundError:
            continue
    return sorted(link for link in links if link.endswith("(deleted)"))


def test_a_reader_that_leaves_leaves_nothing_open(special: Special) -> None:
    before = _spooled()
    pieces = _export(special.late(), "jsonl").read()
    next(pieces)
    during = _spooled()
    pieces.close()  # type: ignore[attr-defined]

    assert (len(during) - len(before), _spooled()) == (1, before)


def test_a_client_that_leaves_leaves_nothing_open(
    special: Special, settings: GatewaySettings, database: Database, serve: Callable[[FastAPI], httpx.Client]
) -> None:
    special.late()
    url = database.url.render_as_string(hide_password=False)
    client = serve(create_app(settings.model_copy(update={"database_url": url})))
    before, until = _spooled(), time.monotonic() + 60
    with client.stream("GET", "/v1/datasets/late/export") as answer:
        next(answer.iter_raw())
    while _spooled() != before:
        assert time.monotonic() < until
        time.sleep(0.05)

    assert client.get("/v1/datasets/late").json()["records"] == 100


def test_a_dataset_may_have_dots_in_its_name_and_no_slashes(
    small: SmallDataset, record: Record, store_record: Callable[[Database, Record], Record], client: httpx.Client
) -> None:
    source = small.source
    store_record(source.database, small.records[0].model_copy(update={"dataset": "cups.v1..2"}))
    dotted = SmallDataset([], open_source(source.database, source.store, "cups.v1..2"))
    data = b"".join(_export(dotted, "webdataset").read())
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        names = archive.getnames()

    assert {Path(name).parts[0] for name in names} == {"cups.v1..2-webdataset"}
    for name in ("a/b", "../a", "..", ".", "a\\b", "/a", ""):
        answer = client.post("/v1/datasets", json={"name": name})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/name")


def _fail_at_the_end() -> Iterator[bytes]:
    yield from [b"a" * 700_000, b"b" * 700_000, b"c", b"d"]
    raise ValueError("broken")


def test_pieces_are_handed_over_together_small_ones_joined_and_before_a_failure() -> None:
    received: list[list[Piece]] = []
    with pytest.raises(ValueError, match="broken"):
        received.extend(gather(_fail_at_the_end()))

    assert [[(len(piece), piece[-1:]) for piece in group] for group in received] == [
        [(700_000, b"a"), (700_000, b"b")],
        [(2, b"d")],
    ]


def test_a_reader_that_leaves_does_not_wait_for_what_is_read_ahead() -> None:
    go_on, ended = threading.Event(), threading.Event()

    def pieces() -> Iterator[bytes]:
        try:
            yield b"a" * 2**20
            go_on.wait()
            yield b"b" * 2**20
        finally:
            ended.set()

    groups = gather(pieces())
    first = next(groups)
    groups.close()  # type: ignore[attr-defined]

    assert (len(first[0]), ended.is_set()) == (2**20, False)
    go_on.set()
    assert ended.wait(60)
