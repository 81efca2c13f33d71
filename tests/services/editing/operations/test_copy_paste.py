"""Which objects may stand in for others, and where a new one is put."""

import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.records import Box, Reason
from services.editing.operations.copy_paste import list_additions, list_replacements
from services.editing.operations.edit import EditedPhoto
from services.editing.operations.source_objects import comparable
from services.editing.photo.scene import Scene
from services.imaging.masks import fill_superellipse
from services.networks.detector import DetectedObject
from services.objects.marked_object import MarkedObject
from tests.services.editing.drawn_scene import SHAPE, DrawnVision, draw_scene

PLACE = (60, 30, 100, 90)


@pytest.mark.parametrize(
    ("target", "new", "replaces"),
    [("cat", "bottle", False), ("bottle", "cat", False), ("cat", "dog", True), ("bottle", "wine glass", True)],
)
def test_small_things_replace_only_small_things_unless_one_is_named(target: str, new: str, *, replaces: bool) -> None:
    scene, source = draw_scene([(target, PLACE)]), draw_scene([(new, PLACE)])

    drawn = list_replacements(scene, [0], [source], None, chosen=False)
    named = list_replacements(scene, [0], [source], new, chosen=False)

    assert comparable(new, target)
    assert (len(drawn), len(named)) == (int(replaces), 1)


@pytest.mark.parametrize(
    ("table", "there_is_room"), [((4, 55, 156, 98), True), ((20, 55, 60, 98), False), ((4, 80, 156, 98), False)]
)
def test_a_small_thing_is_added_only_with_its_whole_foot_on_a_support(table: Box, *, there_is_room: bool) -> None:
    scene = draw_scene([("cup", (24, 38, 50, 70)), ("dining table", table)])
    source = draw_scene([("bowl", PLACE)])

    made = list_additions(scene, [source], None, chosen=False)[0].make()

    if there_is_room:
        assert isinstance(made, EditedPhoto)
        assert (made.before, made.after, made.source) == (None, "bowl", 0)
    else:
        assert isinstance(made, Reason)
        assert made.code == "edit.no_place"


def test_a_large_thing_needs_no_support() -> None:
    scene, source = draw_scene([("suitcase", (24, 38, 60, 70))]), draw_scene([("backpack", PLACE)])

    assert isinstance(list_additions(scene, [source], None, chosen=False)[0].make(), EditedPhoto)


def test_a_wide_thing_fits_at_the_border() -> None:
    scene, source = draw_scene([("suitcase", (4, 62, 7, 94))]), draw_scene([("backpack", (10, 60, 120, 78))])

    assert isinstance(list_additions(scene, [source], "backpack", chosen=False)[0].make(), EditedPhoto)


def test_the_size_of_a_thing_is_its_own_without_what_it_holds() -> None:
    scene = draw_scene([("cup", (24, 46, 44, 70)), ("dining table", (4, 55, 156, 98))])
    source = draw_scene([("cup", (60, 50, 90, 90)), ("spoon", (70, 10, 78, 54))], grey=200)

    made = list_additions(scene, [source], "cup", chosen=False)[0].make()

    assert isinstance(made, EditedPhoto)
    assert made.also == ("spoon",)
    top, bottom = np.flatnonzero((made.image > 100).any(axis=(1, 2)))[[0, -1]]
    assert abs(bottom + 1 - top - 2 * 24) <= 2


@pytest.mark.parametrize(
    ("new", "other", "goes"),
    [
        ("person", "bus", True),
        ("person", "giraffe", True),
        ("dog", "person", True),
        ("person", "boat", False),  # which is on water
        ("car", "boat", False),
        ("bus", "person", False),  # nothing tells of a road
        ("car", "truck", True),
    ],
)
def test_an_addition_goes_beside_what_shares_its_ground(new: str, other: str, *, goes: bool) -> None:
    scene, source = draw_scene([(other, (24, 38, 50, 70))]), draw_scene([(new, PLACE)])

    assert bool(list_additions(scene, [source], None, chosen=False)) is goes


def test_a_large_thing_is_not_added_in_front_of_a_support() -> None:
    suitcase, couch = ("suitcase", (4, 38, 40, 70)), ("couch", (44, 20, 158, 98))
    scene, source = draw_scene([suitcase, couch]), draw_scene([("backpack", PLACE)])

    made = list_additions(scene, [source], None, chosen=False)[0].make()

    assert isinstance(made, Reason)
    assert made.code == "edit.no_place"


class _UnseenVision(DrawnVision):
    """Of a photo that nobody may look at."""

    def detect(self, image: RGB) -> tuple[DetectedObject, ...]:
        raise AssertionError("this photo need not be looked at")


def test_nothing_is_detected_in_photos_of_objects_that_cannot_fit() -> None:
    scene, marked = draw_scene([("dog", PLACE)]), MarkedObject("bus", PLACE, fill_superellipse(PLACE, SHAPE))
    unseen = Scene(scene.image, _UnseenVision([]), scene.thresholds, lambda *_: (), marked)

    assert list_additions(scene, [unseen], None, chosen=False) == []
    assert list_replacements(scene, [0], [unseen], None, chosen=False) == []


@pytest.mark.parametrize(("place", "large"), [((60, 30, 100, 90), True), ((60, 70, 70, 90), False)])
def test_what_would_get_soft_in_its_place_replaces_nothing(place: Box, *, large: bool) -> None:
    scene, source = draw_scene([("cat", PLACE)]), draw_scene([("dog", place)])

    assert bool(list_replacements(scene, [0], [source], "dog", chosen=False)) is large
