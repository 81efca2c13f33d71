"""The client and the gateway agree on every call."""

import asyncio
from collections.abc import Callable, Iterator

import httpx
import pytest

from gateway.settings import GatewaySettings
from gateway.store.database import Database
from imgdiff.client import AsyncClient, Client
from imgdiff.datasets import Donor
from imgdiff.errors import Conflict, InvalidImage, InvalidRequest, NotFound, PreconditionFailed
from imgdiff.images import decode, encode_png
from imgdiff.options import AssetRef
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


def test_donors_are_added_found_read_and_deleted(imgdiff: Client, png: bytes) -> None:
    asset = AssetRef(asset=imgdiff.upload(png).id)
    mask = {"size": [48, 64], "counts": [0, 48 * 20, 48 * 44]}
    cup = imgdiff.add_donor(asset, label="cup", source="a drawing", licence="CC0-1.0", mask=mask)
    dog = imgdiff.add_donor(png, label="dog", source="a drawing", licence="CC0-1.0", box=(8, 8, 40, 40))

    assert imgdiff.add_donor(asset, label="mug", source="elsewhere", licence="CC0-1.0", mask=mask) == cup
    assert list(imgdiff.donors(page_size=1)) == [cup, dog]
    assert list(imgdiff.donors(cut_off=True, min_share=0.2)) == [cup]
    assert imgdiff.donor(dog.id) == dog
    imgdiff.delete_donor(dog.id)
    with pytest.raises(NotFound):
        imgdiff.donor(dog.id)
    with pytest.raises(InvalidRequest, match="/donor/licence"):
        imgdiff.add_donor(png, label="dog", source="a drawing", licence="", box=(8, 8, 40, 40))


def test_the_asyncio_client_speaks_of_donors_too(client: httpx.Client, png: bytes) -> None:
    async def run() -> tuple[Donor, list[Donor], Donor]:
        async with AsyncClient(str(client.base_url)) as imgdiff:
            added = await imgdiff.add_donor(png, label="dog", source="a drawing", licence="CC0-1.0", box=(8, 8, 40, 40))
            listed = [donor async for donor in imgdiff.donors(label="dogs")]
            read = await imgdiff.donor(added.id)
            await imgdiff.delete_donor(added.id)
            return added, listed, read

    added, listed, read = asyncio.run(run())

    assert listed == [added] == [read]


def test_records_are_reviewed_and_their_quality_is_read(
    client: httpx.Client,
    imgdiff: Client,
    settings: GatewaySettings,
    record: Record,
    store_record: Callable[..., Record],
) -> None:
    database = Database(settings.database_url)
    stored = [store_record(database, record) for _ in range(3)]
    database.close()
    reviews = imgdiff.reviews

    first = reviews.add(imgdiff.record(stored[0].id), state="rejected", rating={"caption": "low"}, reviewer="anna")
    second = reviews.add(stored[1], corrections={"regions": {"0": {"label1": "fox"}}}, note="a fox")
    with pytest.raises(PreconditionFailed):
        reviews.add(stored[0], state="accepted")
    cleared = reviews.add(second, note=None)
    with pytest.raises(InvalidRequest):
        reviews.add(second, state="superb")

    assert (first.review.state, second.review.note, cleared.review.note) == ("rejected", "a fox", None)
    listed = imgdiff.records("default", review=["rejected", "corrected"], order="doubtful")
    assert [one.id for one in listed] == [stored[0].id, stored[1].id]
    assert [one.id for one in imgdiff.records("default", q="fox")] == [stored[1].id]
    assert len(b"".join(imgdiff.export("default", include_rejected=True)).splitlines()) == 3
    assert len(b"".join(imgdiff.export("default", review=["rejected", "corrected"])).splitlines()) == 2
    assert [one.number for one in reviews.list(stored[1].id)] == [1, 2]
    assert reviews.undo(stored[0].id, first.review.revision).review.state == "unreviewed"
    assert reviews.quality("default", 0.9).reviews["corrected"] == 1

    async def ask() -> tuple[int, int, str]:
        async with AsyncClient(str(client.base_url)) as other:
            added = await other.reviews.add(stored[2], state="accepted")
            history = [one async for one in other.reviews.list(stored[2].id)]
            undone = await other.reviews.undo(stored[2].id, added.review.revision)
            quality = await other.reviews.quality("default")
            return len(history), quality.records, undone.review.state

    assert asyncio.run(ask()) == (1, 3, "unreviewed")


def test_an_export_of_several_states_goes_on_with_all_of_them(
    imgdiff: Client, settings: GatewaySettings, record: Record, store_record: Callable[..., Record]
) -> None:
    database = Database(settings.database_url)
    stored = [store_record(database, record) for _ in range(2)]
    database.close()
    imgdiff.reviews.add(stored[0], state="accepted")
    imgdiff.reviews.add(stored[1], corrections={"caption": "x"})
    with imgdiff.open_export("default", review=["accepted", "corrected"]) as stream:
        whole, position = b"".join(stream.chunks), stream.position

    with imgdiff.open_export("default", resume=position.model_copy(update={"at": 10})) as stream:
        assert b"".join(stream.chunks) == whole[10:]
    assert len(whole.splitlines()) == 2
