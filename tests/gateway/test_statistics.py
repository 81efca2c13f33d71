"""Statistics of a dataset over HTTP, by the command and by both clients: of all records, of a version, of a filter."""

import asyncio
import io
from collections.abc import Callable, Iterator

import httpx
import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from gateway.settings import GatewaySettings
from gateway.store.database import Database
from imgdiff import AsyncClient, Client
from imgdiff.cli.app import app
from imgdiff.cli.drawing.statistics import draw_statistics
from imgdiff.images import encode_png
from imgdiff.records import Record, RecordImage, Verdict
from imgdiff.statistics.documents import Statistics

Store = Callable[[Database, Record], Record]


@pytest.fixture
def imgdiff(client: httpx.Client) -> Iterator[Client]:
    with Client(str(client.base_url)) as imgdiff:
        yield imgdiff


@pytest.fixture
def stored(imgdiff: Client, settings: GatewaySettings, record: Record, store_record: Store, png: bytes) -> list[Record]:
    """Three records of two scenes, the last of which finds no difference."""

    pictures = [png, *(encode_png(np.full((48, 64, 3), shade, np.uint8)) for shade in (10, 200))]
    images = [RecordImage(asset=imgdiff.upload(one).id, width=64, height=48) for one in pictures]
    database = Database(settings.database_url)
    same = {"verdict": Verdict.SAME, "regions": ()}
    kept = [
        store_record(database, record.model_copy(update={"image1": images[first], "image2": images[second], **more}))
        for first, second, more in ((0, 1, {}), (0, 2, {}), (1, 1, same))
    ]
    database.close()
    return kept


def test_all_records_a_version_and_a_filter_have_statistics(imgdiff: Client, stored: list[Record]) -> None:
    whole = imgdiff.statistics("default")
    different = imgdiff.statistics("default", verdict="different", top=1)
    imgdiff.freeze("default", "v1")
    frozen = imgdiff.statistics("default", version="v1")

    assert (whole.records, whole.images, whole.scenes) == (3, 3, 2)
    assert whole.verdicts == {Verdict.DIFFERENT: 2, Verdict.SAME: 1}
    assert whole.regions.kept == 2 * sum(region.kept for region in stored[0].regions)
    assert (different.records, different.images, different.scenes) == (2, 3, 1)
    assert frozen == whole.model_copy(update={"version": "v1"})


def test_a_deleted_record_is_no_longer_counted(imgdiff: Client, stored: list[Record]) -> None:
    imgdiff.delete_record(stored[1].id)

    assert imgdiff.statistics("default").records == 2
    assert imgdiff.funnel("default").totals.asked == 2


def test_an_unknown_dataset_or_version_has_none(client: httpx.Client, stored: list[Record]) -> None:
    assert client.get("/v1/datasets/nowhere/statistics").status_code == 404
    assert client.get("/v1/datasets/default/statistics?version=v9").status_code == 404
    refused = client.get("/v1/datasets/default/statistics?top=1001")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/top")


def test_the_command_and_the_asyncio_client_show_the_same(
    client: httpx.Client, imgdiff: Client, stored: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = CliRunner().invoke(app, ["datasets", "statistics", "default", "--url", str(client.base_url)]).stdout
    document = CliRunner().invoke(
        app, ["datasets", "statistics", "default", "--json", "--top", "20", "--url", str(client.base_url)]
    )

    async def read() -> Statistics:
        async with AsyncClient(str(client.base_url)) as other:
            return await other.statistics("default")

    assert asyncio.run(read()) == imgdiff.statistics("default") == Statistics.model_validate_json(document.stdout)
    assert max(map(len, shown.splitlines())) <= 80
    assert all(word in shown for word in ("3 records", "3, of 2 scenes", "different 2, same 1", "confidence"))


def test_markup_in_names_is_drawn_as_text(imgdiff: Client, stored: list[Record]) -> None:
    found = imgdiff.statistics("default")
    names = [one.model_copy(update={"name": "[bold]cup"}) for one in found.objects.top]
    out = io.StringIO()
    draw_statistics(
        found.model_copy(update={"objects": found.objects.model_copy(update={"top": tuple(names)})}), Console(file=out)
    )

    assert "[bold]cup" in out.getvalue()
