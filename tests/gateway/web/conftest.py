"""A browser, and one gateway for all tests of the page, with records to look at."""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image
from playwright.sync_api import Browser

from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from imgdiff.records import Record
from tests.chromium import chromium
from tests.gateway.conftest import CopyDatabase, small_settings


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a file; while it is open, no other test of the process may run a loop of its own."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def site_settings(
    tmp_path_factory: pytest.TempPathFactory, sqlite_tables: str, copy_database: CopyDatabase, redis_url: str
) -> Iterator[GatewaySettings]:
    """Those of the gateway that has the page: it has no worker, so that jobs wait."""
    folder = tmp_path_factory.mktemp("site")
    with copy_database(sqlite_tables, folder) as database_url:
        yield small_settings(folder, database_url, redis_url)


@pytest.fixture(scope="module")
def site(
    site_settings: GatewaySettings, loopback: Callable[[FastAPI], AbstractContextManager[httpx.Client]]
) -> Iterator[httpx.Client]:
    """The gateway that has the page; it ends with the tests of a file, since its threads disturb those of others."""
    with loopback(create_app(site_settings)) as client:
        yield client


@pytest.fixture
def url(site: httpx.Client) -> str:
    """Its address."""
    return str(site.base_url)


def picture(seed: int, width: int = 640, height: int = 480) -> bytes:
    """A picture of broad stripes, as PNG."""
    row = np.random.default_rng(seed).integers(60, 220, (1, width // 40, 3), dtype=np.uint8)
    pixels = np.repeat(np.repeat(row, 40, axis=1), height, axis=0)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


Keep = Callable[..., Record]


@pytest.fixture(scope="module")
def assets(site: httpx.Client) -> tuple[str, ...]:
    """The ids of two stored pictures."""
    return tuple(site.post("/v1/assets", files={"image": picture(seed)}).json()["id"] for seed in (1, 2))


@pytest.fixture
def keep(
    site_settings: GatewaySettings, assets: tuple[str, str], record: Record, store_record: Callable[..., Record]
) -> Keep:
    """Stores the golden record with two pictures, and whatever is to differ."""

    def kept(**changes: object) -> Record:
        sides = {
            side: getattr(record, side).model_copy(update={"asset": asset})
            for side, asset in zip(("image1", "image2"), assets, strict=True)
        }
        database = Database(site_settings.database_url)
        try:
            return store_record(database, record.model_copy(update={**sides, **changes}))
        finally:
            database.close()

    return kept
