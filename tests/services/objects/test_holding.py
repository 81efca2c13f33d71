"""What holds or carries another thing is found from outlines, and only those that may decide are drawn."""

import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.arrays import Flags
from services.objects.holding import find_held, find_holders, goes_along, strip_above
from services.objects.photo_objects import PhotoObject, PhotoObjects
from tests.services.editing.drawn_scene import SHAPE, DrawnVision, Found

TABLE, PERSON = ("dining table", (20, 50, 140, 95)), ("person", (40, 5, 80, 95))


class _CountingVision(DrawnVision):
    """Remembers the boxes whose outlines were drawn."""

    def __init__(self, objects: Found) -> None:
        super().__init__(objects)
        self.outlined: list[Box] = []

    def mask(self, image: RGB, box: Box) -> Flags:
        self.outlined.append(box)
        return super().mask(image, box)


def _objects(*found: tuple[str, Box]) -> PhotoObjects:
    return PhotoObjects(np.zeros(SHAPE, np.uint8), DrawnVision(found))


@pytest.mark.parametrize(
    ("holder", "held", "holds"),
    [
        (PERSON, ("handbag", (72, 45, 88, 65)), True),  # in the hand
        (PERSON, ("dog", (72, 45, 100, 93)), False),  # beside
        (PERSON, ("handbag", (100, 45, 120, 65)), False),  # out of reach
        (TABLE, ("cup", (60, 38, 75, 56)), True),
        (TABLE, ("cup", (0, 38, 30, 56)), False),  # only its side is at the table
        (TABLE, ("chair", (60, 60, 90, 98)), False),  # in front: its foot is below the table's
        (("skateboard", (50, 75, 90, 90)), ("person", (40, 10, 100, 79)), True),  # wider than the board
    ],
)
def test_a_thing_is_held_where_it_is_listed_and_carried_where_it_ends(
    holder: tuple[str, Box], held: tuple[str, Box], *, holds: bool
) -> None:
    objects = _objects(holder, held)

    assert list(find_held(objects, 0)) == ([1] if holds else [])


def test_what_a_held_thing_holds_goes_with_it() -> None:
    objects = _objects(TABLE, ("vase", (60, 35, 80, 60)), ("potted plant", (58, 5, 82, 38)))

    assert sorted(find_held(objects, 0)) == [1, 2]


@pytest.mark.parametrize(("label", "held"), [("cup", False), ("person", True)])
def test_a_smaller_thing_has_a_place_of_its_own_on_a_support(label: str, *, held: bool) -> None:
    objects = _objects((label, (48, 25, 62, 55)), ("dining table", (20, 40, 140, 95)))

    assert bool(find_holders(objects, 0)) is held


def test_what_is_held_goes_along_and_what_is_carried_only_where_it_is_smaller() -> None:
    person, bag, board = (
        PhotoObject(label, 0.9, box, box)
        for label, box in (PERSON, ("handbag", (72, 45, 88, 65)), ("skateboard", (50, 85, 90, 98)))
    )

    assert goes_along(person, bag)
    assert not goes_along(board, person)


def test_only_above_open_things_and_supports_may_something_stick_out() -> None:
    objects = _objects(("vase", (40, 50, 70, 95)), ("bottle", (100, 50, 130, 95)))
    nothing = np.zeros(SHAPE[:2], np.bool_)

    strip = strip_above(objects, 0, nothing)

    assert strip is not None
    assert not strip[70:].any()
    assert strip_above(objects, 1, nothing) is None


def test_no_outline_is_drawn_where_boxes_show_that_nothing_is_carried() -> None:
    vision = _CountingVision([("person", (40, 5, 80, 95)), ("dog", (76, 60, 120, 98)), ("bus", (0, 5, 60, 80))])

    assert not find_held(PhotoObjects(np.zeros(SHAPE, np.uint8), vision), 0)
    assert vision.outlined == []
