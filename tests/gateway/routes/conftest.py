"""One gateway for all tests of a file, over each kind of database; a test has a dataset of its own."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from tests.conftest import Loopback
from tests.gateway.conftest import CopyDatabase


@dataclass(frozen=True)
class Both:
    """A running gateway, and its database."""

    client: httpx.Client
    database: Database
    settings: GatewaySettings


@pytest.fixture(scope="module", params=["sqlite_tables", "postgres_tables"], ids=["sqlite", "postgresql"])
def both(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    copy_database: CopyDatabase,
    redis_url: str,
    loopback: Loopback,
) -> Iterator[Both]:
    """A gateway without services over a database of each kind."""
    folder, nowhere = tmp_path_factory.mktemp("gateway"), "http://127.0.0.1:9"
    with copy_database(request.getfixturevalue(request.param), folder) as url:
        settings = GatewaySettings(
            database_url=url,
            assets_url=(folder / "assets").as_uri(),
            redis_url=redis_url,
            detection_url=nowhere,
            captioning_url=nowhere,
            editing_url=nowhere,
        )
        database = Database(url)
        with loopback(create_app(settings)) as client:
            yield Both(client, database, settings)
        database.close()
