"""Which objects of donors a noun means."""

import pytest

from services.editing.operations.source_objects import list_source_objects
from services.imaging.masks import fill_superellipse
from services.objects.marked_object import MarkedObject
from tests.services.editing.drawn_scene import SHAPE, draw_scene

PLACE = (60, 30, 100, 90)


@pytest.mark.parametrize(
    ("label", "noun", "means"),
    [("mug", "cup", True), ("mangoes", "mango", True), ("tie", "a tie", True), ("mango", "cup", False)],
)
def test_a_donor_is_meant_by_its_label_in_singular_or_plural(label: str, noun: str, *, means: bool) -> None:
    source = draw_scene([], MarkedObject(label, PLACE, fill_superellipse(PLACE, SHAPE)))

    assert list_source_objects(noun, source) == ([0] if means else [])
