"""FiftyOne itself: the pairs of a dataset and of a view get what a gateway finds as fields."""

from pathlib import Path

import pytest

from tests.gateway.exports.environments import FIFTYONE, ROOT, load, make_environment
from tests.imgdiff.conftest import RECORD_ID, SmallGateway


@pytest.mark.slow  # an environment of its own
@pytest.mark.timeout(1800)
def test_both_samples_of_a_pair_get_fields_and_a_failure_costs_its_own(gateway: SmallGateway, tmp_path: Path) -> None:
    python = make_environment("fiftyone", *FIFTYONE)
    given = (gateway.url, ROOT / "examples")
    found = load(python, "compare_pairs", *given, folder=tmp_path / "run", path=str(ROOT))
    good, absent, alone = found["pairs"]
    pair = ["The dog is gone from the lawn.", RECORD_ID, None]

    assert (good["old"]["pair"], good["new"]["pair"]) == (pair, pair)
    assert good["old"]["boxes"] == [pytest.approx([10 / 640, 20 / 480, 100 / 640, 200 / 480])]
    assert good["old"]["labels"] == [["removed", "dog", "The dog is gone."]]
    assert (good["old"]["verdict"], good["new"]["labels"]) == ("different", [])  # it has no box there
    for sample in (absent["old"], absent["new"], alone["old"]):
        assert (sample["boxes"], sample["verdict"], sample["pair"]) == (None, None, [None, None, "invalid-image"])
    assert [pair["old"]["again"] for pair in found["pairs"]] == [RECORD_ID, None, None]
    assert found["nouns"]["dog"] == 1
    assert ["no group slice 'newer'" in found["refusals"][0], "its slices are none" in found["refusals"][1]] == [
        True
    ] * 2
    assert "max_regions" in found["refusals"][2]
    assert (ROOT / "examples/before.jpg").read_bytes() in next(body for body in gateway.bodies if b"image1" in body)
