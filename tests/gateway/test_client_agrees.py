"""The client and the gateway agree on every call."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from gateway.settings import GatewaySettings
from gateway.store.database import Database
from imgdiff.client import Client
from imgdiff.errors import Conflict, InvalidImage, NotFound
from imgdiff.images import decode, encode_png
from imgdiff.records import Record, RecordImage


@pytest.fixture
def imgdiff(client: httpx.Client) -> Iterator[Client]:
    with Client(str(client.base_url)) as imgdiff:
        yield imgdiff


def test_an_image_goes_up_and_comes_back(imgdiff: Client, png: bytes, settings: GatewaySettings) -> None:
    asset = imgdiff.upload(png)

    assert imgdiff.asset(asset.id) == encode_png(decode(png, "/", settings.limits))


def test_errors_arrive_as_the_classes_they_were_raised_as(imgdiff: Client) -> None:
    imgdiff.create_dataset("one")

    with pytest.raises(Conflict):
        imgdiff.create_dataset("one")
    with pytest.raises(NotFound):
        imgdiff.record("rec_" + "0" * 32)
    with pytest.raises(InvalidImage) as refused:
        imgdiff.upload(b"not an image")
    assert refused.value.errors[0].pointer == "/image"


def test_records_are_read_paged_previewed_and_exported(
    imgdiff: Client,
    settings: GatewaySettings,
    record: Record,
    png: bytes,
    store_record: Callable[[Database, Record], Record],
) -> None:
    image = RecordImage(asset=imgdiff.upload(png).id, width=64, height=48)
    database = Database(settings.database_url)
    pair = record.model_copy(update={"image1": image, "image2": image})
    stored = [store_record(database, pair) for _ in range(3)]
    database.close()

    assert imgdiff.record(stored[0].id) == stored[0]
    assert list(imgdiff.records("default", page_size=2)) == stored
    assert list(imgdiff.records("default", verdict="same")) == []
    assert imgdiff.preview(stored[0].id, "image/webp")[8:12] == b"WEBP"
    assert b"".join(imgdiff.export("default")).count(b"\n") == 3
    assert [(dataset.name, dataset.records) for dataset in imgdiff.datasets()] == [("default", 3)]


def test_the_gateway_describes_itself(imgdiff: Client) -> None:
    assert [service.ready for service in imgdiff.models().services] == [False] * 3
    assert not imgdiff.ready()
    assert {"record", "job", "problem"} <= set(imgdiff.schemas())
    assert imgdiff.schema("record")["title"] == "Record"
