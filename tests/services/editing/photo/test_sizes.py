"""Things have usual sizes, and what is beyond comparison has no ratio."""

import pytest

from services.editing.operations.source_objects import comparable
from services.editing.photo.sizes import fits_scale, height_ratio, usual_height_ratio
from services.objects.photo_objects import PhotoObject


def test_a_dog_is_smaller_than_a_person_and_a_cup_is_beyond_comparison_with_a_bus() -> None:
    assert 0.2 < (usual_height_ratio("dog", "person") or 0) < 0.5
    assert usual_height_ratio("cup", "bus") is None
    assert usual_height_ratio("spaceship", "person") is None


def test_a_crouching_person_is_lower_than_an_upright_one() -> None:
    standing, crouching = (200, 80), (150, 150)

    assert height_ratio("person", crouching, "person", standing) == 0.5
    assert height_ratio("person", standing, "person", crouching) == 2.0
    assert height_ratio("person", standing, "person", standing) == 1.0
    assert height_ratio("dog", crouching, "person", standing) == usual_height_ratio("dog", "person")
    assert height_ratio("cup", standing, "bus", standing) is None


@pytest.mark.parametrize(
    ("label", "other", "fits"),
    [
        ("dog", "cat", True),
        ("dog", "cup", False),
        ("person", "person", True),
        ("cup", "bottle", True),
        ("book", "refrigerator", False),
        ("dog", "giraffe", False),
    ],
)
def test_what_is_not_named_takes_the_place_of_its_own_sort_only(label: str, other: str, fits: bool) -> None:
    assert comparable(label, other) is fits


@pytest.mark.parametrize(
    ("label", "height", "foot", "fits"),
    [
        ("cat", 60, 390, True),  # beside the dog
        ("cat", 60, 110, False),  # among the cars, as high as one
        ("cat", 12, 110, True),
        ("lantern", 300, 110, True),  # of unknown size
    ],
)
def test_a_thing_has_the_scale_of_what_stands_in_its_row(label: str, height: float, foot: float, *, fits: bool) -> None:
    boxes = [("dog", (10, 300, 120, 400)), ("car", (200, 60, 290, 110))]
    objects = [PhotoObject(name, 0.9, box, box) for name, box in boxes]

    assert fits_scale(objects, label, height, foot) is fits
    assert fits_scale([], label, height, foot)
