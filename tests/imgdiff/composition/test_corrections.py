"""A record as its reviewers corrected it."""

from typing import Any

import pytest

from imgdiff.composition.corrections import apply_corrections, check_corrections
from imgdiff.errors import InvalidRequest
from imgdiff.records import Record
from imgdiff.reviews.documents import Corrections, Review, ReviewState
from tests.gateway.conftest import CONTRACTS


@pytest.fixture
def record() -> Record:
    """The golden record."""
    return Record.model_validate_json((CONTRACTS / "record.json").read_text())


def _corrected(record: Record, **corrections: Any) -> Record:
    review = Review(state=ReviewState.CORRECTED, corrections=Corrections.model_validate(corrections))
    return apply_corrections(record.model_copy(update={"review": review}))


def test_corrected_values_take_the_place_of_the_models(record: Record) -> None:
    region = {"caption": "A fox.", "label1": "", "label2": "fox", "change": "added", "box": [1, 2, 3, 4]}

    found = _corrected(record, caption="All of it.", regions={"0": region})

    first = found.regions[0]
    assert (found.caption, first.caption, first.label1, first.label2) == ("All of it.", "A fox.", None, "fox")
    assert (first.change, first.box, first.box2) == ("added", (1, 2, 3, 4), record.regions[0].box2)
    assert (first.words, first.check) == ((), None)
    assert found.regions[1:] == record.regions[1:]
    assert apply_corrections(record) is record


def test_a_region_that_is_no_difference_is_not_kept(record: Record) -> None:
    kept = [region for region in record.regions if region.kept]

    found = _corrected(record, regions={"0": {"kept": False}})

    assert [region for region in found.regions if region.kept] == kept[1:]
    assert [region.kept for region in found.regions] == sorted((one.kept for one in found.regions), reverse=True)


def test_only_kept_regions_are_corrected_and_boxes_stay_inside(record: Record) -> None:
    dropped = next(number for number, region in enumerate(record.regions) if not region.kept)
    wide = [0, 0, record.image2.width + 1, 5]
    for regions in ({str(dropped): {"caption": "x"}}, {"0": {"box2": wide}}):
        with pytest.raises(InvalidRequest, match="/review/corrections/regions/"):
            check_corrections(record, Corrections.model_validate({"regions": regions}))

    check_corrections(record, Corrections.model_validate({"regions": {"0": {"box2": [0, 0, record.image2.width, 5]}}}))
    check_corrections(record, None)
