"""The small dataset, stored on either database."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gateway.exports.source import Source
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from imgdiff.records import Record
from tests.gateway.exports.dataset import draw_image, open_source, store_image, vary


@dataclass(frozen=True)
class SmallDataset:
    """The records as they are stored, and what exporters read them from."""

    records: list[Record]
    source: Source


@pytest.fixture
def small(
    settings: GatewaySettings, database: Database, record: Record, store_record: Callable[[Database, Record], Record]
) -> SmallDataset:
    """Four records: different, removed (a synthesis with a question), same, undetermined; three images, one larger."""
    store = AssetStore(settings.assets_url)
    sides = [
        store_image(database, store, draw_image(*size, seed))
        for seed, size in enumerate([(640, 480), (640, 480), (800, 600)])
    ]
    kept = [store_record(database, one) for one in vary(record, *sides)]
    return SmallDataset(kept, open_source(database, store))
