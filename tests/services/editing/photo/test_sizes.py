"""Things have usual sizes, and what is beyond comparison has no ratio."""

import pytest

from services.editing.operations.copy_paste import comparable
from services.editing.photo.sizes import height_of, ratio, times_as_high
from services.networks.labels import coco_labels


def test_every_label_of_the_detector_has_a_height() -> None:
    assert all(height_of(label) for label in coco_labels())


def test_a_dog_is_smaller_than_a_person_and_a_cup_is_beyond_comparison_with_a_bus() -> None:
    assert 0.2 < (ratio("dog", "person") or 0) < 0.5
    assert ratio("cup", "bus") is None
    assert ratio("spaceship", "person") is None


def test_who_crouches_is_not_made_as_high_as_who_stands() -> None:
    standing, crouching = (200, 80), (150, 150)

    assert times_as_high("person", crouching, "person", standing) == 0.5
    assert times_as_high("person", standing, "person", crouching) == 2.0
    assert times_as_high("person", standing, "person", standing) == 1.0
    assert times_as_high("dog", crouching, "person", standing) == ratio("dog", "person")
    assert times_as_high("cup", standing, "bus", standing) is None


@pytest.mark.parametrize(
    ("label", "other", "fits"),
    [("dog", "cat", True), ("dog", "cup", False), ("person", "person", True), ("cup", "bottle", True),
     ("book", "refrigerator", False), ("dog", "giraffe", False)],
)  # fmt: skip
def test_what_is_not_named_takes_the_place_of_its_own_sort_only(label: str, other: str, fits: bool) -> None:
    assert comparable(label, other) is fits
