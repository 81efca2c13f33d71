"""Images without a fingerprint get one, and copies of them join the scene of their records."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.scenes.backfill import Backfill
from gateway.store import assets
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from gateway.store.scenes.fingerprints import take_fingerprint
from gateway.store.scenes.settling import settle_scene
from imgdiff.errors import ServiceUnavailable
from imgdiff.images import RGB, ImageLimits, encode_png
from imgdiff.records import AssetId, Record
from tests.gateway.store.scenes.pictures import copy_as_jpeg, draw_photo

Store = Callable[[Database, Record], Record]


@pytest.fixture
def store(tmp_path: Path) -> AssetStore:
    return AssetStore((tmp_path / "assets").as_uri())


@pytest.fixture
def backfill(database: Database, store: AssetStore) -> Backfill:
    return Backfill(database, store, ImageLimits(), 1.0)


def _keep(database: Database, store: AssetStore, image: RGB, *, old: bool) -> AssetId:
    """Store an image, as an earlier version did or as this one does."""
    height, width = image.shape[:2]
    fingerprint = None if old else take_fingerprint(image)
    return assets.keep(database, store, encode_png(image), (width, height), fingerprint=fingerprint).id


def _store_pair(database: Database, store_record: Store, record: Record, image1: AssetId, image2: AssetId) -> None:
    sides = {"image1": record.image1.model_copy(update={"asset": image1})}
    sides["image2"] = record.image2.model_copy(update={"asset": image2})
    store_record(database, record.model_copy(update=sides))


def _settle(database: Database, image: AssetId) -> AssetId:
    with database.writing() as session:
        return settle_scene(session, image, image)


def test_a_copy_of_either_old_image_joins_the_scene_of_their_record(
    database: Database, store: AssetStore, backfill: Backfill, record: Record, store_record: Store
) -> None:
    photos = [draw_photo(number) for number in range(3)]
    before, after, alone = (_keep(database, store, photo, old=True) for photo in photos)
    _store_pair(database, store_record, record, before, after)

    asyncio.run(backfill.run(asyncio.Event()))

    copies = [_keep(database, store, copy_as_jpeg(photo), old=False) for photo in photos]
    assert [_settle(database, copy) for copy in copies] == [before, before, copies[2]]
    assert _settle(database, alone) == copies[2]


def test_images_that_cannot_be_read_hold_up_no_other(database: Database, store: AssetStore, backfill: Backfill) -> None:
    kept = [_keep(database, store, draw_photo(number), old=True) for number in range(3)]
    missing = f"sha256:{0:064x}"
    with database.writing() as session:
        assets.add(session, missing, 9, 9, 9)

    assert backfill.fill("") == max(kept)
    assert backfill.fill(max(kept)) is None
    assert _without_fingerprint(database) == [missing]


def test_a_backfill_that_is_stopped_goes_on_in_the_next_process(
    database: Database, store: AssetStore, backfill: Backfill
) -> None:
    _keep(database, store, draw_photo(1), old=True)

    async def stop_at_once() -> None:
        stopping = asyncio.Event()
        stopping.set()
        await backfill.run(stopping)

    asyncio.run(stop_at_once())
    assert len(_without_fingerprint(database)) == 1
    asyncio.run(backfill.run(asyncio.Event()))
    assert _without_fingerprint(database) == []


def _without_fingerprint(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.execute(text("SELECT id FROM assets WHERE fingerprint IS NULL")).scalars())


def test_images_wait_for_a_store_that_does_not_answer(
    database: Database, store: AssetStore, backfill: Backfill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    _keep(database, store, draw_photo(1), old=True)
    away = replace(backfill, store=AssetStore("s3://images", "http://127.0.0.1:9"))

    with pytest.raises(ServiceUnavailable):
        away.fill("")
    asyncio.run(backfill.run(asyncio.Event()))

    assert _without_fingerprint(database) == []
