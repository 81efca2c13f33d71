"""Images that nothing uses are deleted, rows and bytes; those that something uses, or is about to use, stay."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from gateway.store import assets
from gateway.store.database import Database
from gateway.store.library.tables import DonorRow
from gateway.store.objects import AssetStore
from gateway.store.retention import unused
from gateway.store.tables import AssetRow, DatasetRow, JobRow
from gateway.store.values import JobRequest
from imgdiff.jobs import JobKind
from imgdiff.options import Options
from imgdiff.records import Record, RecordImage

Store = Callable[[Database, Record], Record]
LONG_AGO, DAY = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> AssetStore:
    return AssetStore((tmp_path / "assets").as_uri())


def _keep(database: Database, store: AssetStore, text: str) -> str:
    """An image that was used long ago."""
    asset = assets.keep(database, store, text.encode(), (9, 9))
    with database.writing() as session:
        session.execute(update(AssetRow).where(AssetRow.id == asset.id).values(used_at=LONG_AGO))
    return asset.id


def _prune(database: Database, store: AssetStore) -> int:
    with database.writing() as session:
        return unused.delete_page(session, store, datetime.now(UTC) - DAY, "").assets


def test_what_nothing_uses_goes(database: Database, store: AssetStore) -> None:
    key = _keep(database, store, "old")

    assert _prune(database, store) == 1
    assert not store.has(key)
    with database.reading() as session:
        assert assets.find(session, key) is None
    assert _prune(database, store) == 0


def test_what_a_record_a_donor_or_a_running_job_uses_stays(
    database: Database, store: AssetStore, record: Record, store_record: Store
) -> None:
    of_pair, of_donor, of_job, of_ended_job = (_keep(database, store, text) for text in "abcd")
    image = RecordImage(asset=of_pair, width=9, height=9)
    store_record(database, record.model_copy(update={"image1": image, "image2": image}))
    donor = {"label": "cup", "source": "x", "licence": "MIT", "pixels": 1, "share": 0.1, "cut_off": False}
    with database.writing() as session:
        session.add(DonorRow(id="don_1", asset=of_donor, outlined=False, document={}, **donor))
        for number, (state, photo) in enumerate([("running", of_job), ("failed", of_ended_job)]):
            request = JobRequest(kind=JobKind.SYNTHESIS, options=Options(), image=photo).model_dump(mode="json")
            row = {"kind": "synthesis", "state": state, "dataset": "default", "request": request}
            session.add(JobRow(id=f"job_{number}", created_at=LONG_AGO, **row))

    assert _prune(database, store) == 1
    assert [store.has(key) for key in (of_pair, of_donor, of_job, of_ended_job)] == [True, True, True, False]


def test_what_was_sent_or_named_lately_stays(database: Database, store: AssetStore) -> None:
    named, sent = _keep(database, store, "named"), _keep(database, store, "sent")
    with database.writing() as session:
        assert assets.use(session, {named, "sha256:unknown"}) == {named}
    assets.keep(database, store, b"sent", (9, 9))

    assert _prune(database, store) == 0
    assert store.has(sent)


def test_an_image_that_is_stored_again_while_it_is_deleted_is_whole(database: Database, store: AssetStore) -> None:
    """Whatever the order of both, a row has its bytes."""
    for attempt in range(10):
        key = _keep(database, store, f"image {attempt}")
        both = [
            threading.Thread(target=_prune, args=(database, store)),
            threading.Thread(target=assets.keep, args=(database, store, f"image {attempt}".encode(), (9, 9))),
        ]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()

        with database.reading() as session:
            assert assets.find(session, key) is not None
        assert store.has(key)


def test_pages_cover_every_image(database: Database, store: AssetStore) -> None:
    with database.writing() as session:
        session.add(DatasetRow(name="default", created_at=LONG_AGO))
        for number in range(450):
            assets.add(session, f"sha256:{number:064x}", 9, 9, 1)
        session.execute(update(AssetRow).values(used_at=LONG_AGO))
    pages, position = [], ""
    while True:
        with database.writing() as session:
            page = unused.delete_page(session, store, datetime.now(UTC), position)
        pages.append(page)
        if page.position is None:
            break
        position = page.position

    assert [page.assets for page in pages] == [200, 200, 50]
    assert sum(page.bytes for page in pages) == 450
