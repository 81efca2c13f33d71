"""A record rejects boxes that are none, and survives JSON."""

import pytest
from pydantic import ValidationError

from imgdiff.records import Change, Region


def _region(box: tuple[int, int, int, int]) -> Region:
    return Region(box=box, change=Change.CHANGED, difference=0.5, kept=True)


@pytest.mark.parametrize("box", [(5, 5, 5, 9), (5, 9, 8, 9), (8, 0, 5, 9), (-1, 0, 5, 9)])
def test_an_empty_or_inverted_box_is_refused(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValidationError, match=r"x1 < x2|greater than or equal to 0"):
        _region(box)


def test_a_region_without_any_place_is_refused() -> None:
    with pytest.raises(ValidationError, match="a box, a box2 or both"):
        Region(box=None, change=Change.ADDED, difference=0.5, kept=True)


def test_a_region_that_only_image2_extends_to_has_no_box() -> None:
    region = Region(box=None, box2=(0, 100, 50, 120), change=Change.ADDED, difference=1, kept=True)

    assert Region.model_validate_json(region.model_dump_json()) == region


def test_a_region_survives_a_round_trip_through_json() -> None:
    region = _region((1, 2, 3, 4))

    assert Region.model_validate_json(region.model_dump_json()) == region
