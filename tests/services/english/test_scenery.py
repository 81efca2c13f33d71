"""Places and grounds are scenery, things are not."""

import pytest

from services.english.scenery import is_scenery


@pytest.mark.parametrize("noun", ["sky", "ocean", "grass", "street", "field", "beach", "kitchen", "mountain", "city"])
def test_places_and_grounds_are_scenery(noun: str) -> None:
    assert is_scenery(noun)


@pytest.mark.parametrize("noun", ["plane", "boat", "dog", "cup", "bride", "pizza", "table", "tree", "no such noun"])
def test_things_are_not(noun: str) -> None:
    assert not is_scenery(noun)
