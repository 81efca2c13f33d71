"""The small dataset, stored on either database."""

from collections.abc import Callable

import numpy as np
import pytest

from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from imgdiff.records import Record
from tests.gateway.conftest import CONTRACTS
from tests.gateway.exports.dataset import SmallDataset, draw_image, open_source, store_image, vary
from tests.gateway.exports.special import Special

ODD_CAPTION = 'a & b < "c" \x0b ]]> \\ / \u2028 \U0001f600 <image> <__dj__image> <|__dj__eoc|>'


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


@pytest.fixture
def odd(small: SmallDataset, store_record: Callable[[Database, Record], Record]) -> SmallDataset:
    """The small dataset and what readers trip over: `ODD_CAPTION`, no regions, version 1, an edited mask, 16 bits."""
    first, second, *_ = small.records
    images = {"image1": first.image1, "image2": first.image2}
    plain = first.model_copy(update={"caption": ODD_CAPTION, "regions": (), "confidence": None})
    old = Record.model_validate_json((CONTRACTS / "record_v1.json").read_text()).model_copy(update=images)
    assert second.source.edit is not None
    edit = second.source.edit.model_copy(update={"mask": first.regions[0].mask, "boxes": ((400, 100, 500, 200),)})
    edited = second.model_copy(update={**images, "source": second.source.model_copy(update={"edit": edit})})
    deep = (draw_image(640, 480, 3)[..., 0].astype(np.uint16) * 40 + 3000).astype(np.uint16)
    database, store = small.source.database, small.source.store
    grey = first.model_copy(update={"image1": store_image(database, store, deep)})
    kept = [store_record(database, one) for one in (plain, old, edited, grey)]
    return SmallDataset([*small.records, *kept], open_source(database, store))


@pytest.fixture
def special(
    settings: GatewaySettings, database: Database, record: Record, store_record: Callable[[Database, Record], Record]
) -> Special:
    """Makes datasets that break careless formats."""
    return Special(database, AssetStore(settings.assets_url), record, store_record)
