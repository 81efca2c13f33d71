"""FiftyOne itself loads a data set from a gateway, and loads its folder again without one."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from imgdiff.records import Change, Record, Verdict
from tests.gateway.exports.dataset import draw_image, store_image, vary
from tests.gateway.exports.environments import FIFTYONE, ROOT, load, make_environment


@pytest.mark.slow  # an environment of its own
@pytest.mark.timeout(1800)
def test_a_data_set_becomes_a_grouped_dataset(
    settings: GatewaySettings,
    client: httpx.Client,
    record: Record,
    store_record: Callable[[Database, Record], Record],
    tmp_path: Path,
) -> None:
    database, store = Database(settings.database_url), AssetStore(settings.assets_url)
    sides = [store_image(database, store, draw_image(640, 480, seed)) for seed in range(3)]
    kept = [store_record(database, one) for one in vary(record, *sides)]
    database.close()
    python = make_environment("fiftyone", *FIFTYONE)
    given = (str(client.base_url), tmp_path / "media")
    found = load(python, "import_from_gateway", *given, folder=tmp_path / "run", path=str(ROOT))

    assert found["media_type"] == "group"
    assert found["whole"] == found["again"] == {one.id: ["after", "before"] for one in kept}
    assert set(found["different"]) == {one.id for one in kept if one.verdict is Verdict.DIFFERENT}
    assert found["missing"] == []
    assert sum(found["splits"].values()) == 2 * len(kept)
    assert [text.partition(":")[0] for text in found["refusals"]] == ["ValueError", "NotFound", "ServiceUnavailable"]
    assert "is no export of 'other' for FiftyOne; name another folder" in found["refusals"][0]
    assert sorted(path.name for path in tmp_path.glob("media*")) == ["media", "media-different", "media-example"]
    assert f"'{Change.REMOVED}': " in found["example"]
