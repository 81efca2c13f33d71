"""An image that several tenants hold is stored once, and is lost to none of them by what another one does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.store import assets, datasets
from gateway.store.database import Database
from gateway.store.jobs import jobs
from gateway.store.objects import AssetStore
from gateway.store.retention import unused
from gateway.store.values import JobRequest, Turn
from imgdiff.errors import NotFound
from imgdiff.jobs import JobKind
from imgdiff.options import Options

ONE, OTHER, THIRD = "one", "other", "third"


@pytest.fixture
def store(tmp_path: Path) -> AssetStore:
    return AssetStore((tmp_path / "assets").as_uri())


def _keep(database: Database, store: AssetStore, *tenants: str) -> str:
    """An image that each of these tenants sent."""
    return [assets.keep(database, store, b"pixels", (9, 9), tenant=tenant).id for tenant in tenants][-1]


def _holders(database: Database, asset: str) -> list[str]:
    with database.reading() as session:
        return [one for one in (ONE, OTHER, THIRD) if assets.held_since(session, asset, one) is not None]


def _prune(database: Database, store: AssetStore, tenant: str) -> int:
    with database.writing() as session:
        return unused.delete_page(session, store, datetime.now(UTC) + timedelta(seconds=9), "", tenant).assets


def test_only_who_sent_an_image_holds_it(database: Database, store: AssetStore) -> None:
    asset = _keep(database, store, ONE, OTHER)

    assert _holders(database, asset) == [ONE, OTHER]
    with database.writing() as session:
        assert [assets.use(session, [asset], tenant) for tenant in (ONE, OTHER, THIRD)] == [{asset}, {asset}, set()]
        with pytest.raises(NotFound, match="there is no asset"):
            assets.find_held(session, asset, THIRD)


def test_the_time_of_an_image_is_when_its_tenant_sent_it(database: Database, store: AssetStore) -> None:
    asset = _keep(database, store, ONE, OTHER, ONE, OTHER)

    with database.reading() as session:
        first, second = (assets.find_held(session, asset, tenant).created_at for tenant in (ONE, OTHER))
    assert first < second


@pytest.mark.parametrize("leaving", [(ONE, OTHER, THIRD), (THIRD, OTHER, ONE), (OTHER, ONE, THIRD)])
def test_the_bytes_go_with_the_last_tenant_that_holds_them(
    database: Database, store: AssetStore, leaving: tuple[str, ...]
) -> None:
    asset = _keep(database, store, ONE, OTHER, THIRD)

    for number, tenant in enumerate(leaving, 1):
        assert store.has(asset)
        assert _prune(database, store, tenant) == 1
        assert _prune(database, store, tenant) == 0
        assert set(_holders(database, asset)) == set(leaving[number:])
    assert not store.has(asset)


def test_what_another_tenant_does_with_an_image_keeps_it_for_that_tenant_alone(
    database: Database, store: AssetStore
) -> None:
    asset = _keep(database, store, ONE, OTHER)
    request = JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=Options(), tenant=OTHER, image1=asset, image2=asset)
    now = datetime.now(UTC)
    with database.writing() as session:
        datasets.ensure(session, f"{OTHER}/default")
        jobs.add(session, "job_1", request, now, now, Turn())

    assert (_prune(database, store, ONE), _prune(database, store, OTHER)) == (1, 0)
    assert _holders(database, asset) == [OTHER]
    assert store.has(asset)
