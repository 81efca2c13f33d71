"""What a scene finds out about the objects of a photo."""

import numpy as np
import pytest

from imgdiff.records import Box, Reason
from services.imaging.arrays import Flags
from services.imaging.masks import fill_superellipse
from services.objects.marked_object import MarkedObject
from tests.services.editing.drawn_scene import SHAPE, draw_scene


def _outline(box: Box) -> Flags:
    return fill_superellipse(box, SHAPE)


def test_an_object_that_touches_another_of_its_label_may_be_a_part_of_it() -> None:
    scene = draw_scene(
        [
            ("bear", (10, 10, 50, 50)),
            ("bear", (48, 20, 90, 60)),
            ("bear", (100, 10, 140, 50)),
            ("dog", (88, 20, 120, 60)),
        ]
    )

    reasons = [scene.unsuitable(number) for number in range(4)]

    assert [reason and reason.code for reason in reasons] == ["edit.joined", "edit.joined", None, None]
    assert reasons[0] is not None
    assert reasons[0].value is not None
    assert 0.1 < reasons[0].value < 0.5


@pytest.mark.parametrize(("noun", "label", "seen"), [("a mug", "cup", True), ("lantern", "lantern", False)])
def test_a_marked_object_is_the_target_whatever_is_detected(noun: str, label: str, *, seen: bool) -> None:
    box = (20, 20, 60, 70)
    scene = draw_scene([("dog", (90, 20, 130, 60)), ("cup", (22, 20, 60, 68))], MarkedObject(noun, box, _outline(box)))

    assert scene.find("zebra") == [0]
    assert (scene.objects[0].label, scene.objects[0].box, scene.objects[0].seen) == (label, box, seen)
    assert [item.label for item in scene.objects[1:]] == ["dog"]
    assert scene.unclear(0) is None  # the outline is given


@pytest.mark.parametrize(
    ("box", "grey", "is_cut_out"),
    [((0, 0, 160, 100), 0, True), ((8, 8, 152, 92), 255, True), ((8, 8, 152, 92), 250, False)],
)
def test_what_fills_its_image_or_is_on_white_alone_was_cut_out_before(box: Box, grey: int, *, is_cut_out: bool) -> None:
    assert draw_scene([], MarkedObject("vase", box, _outline(box)), grey=grey).is_cut_out is is_cut_out


def test_an_outline_of_half_of_what_is_detected_is_refused() -> None:
    half = MarkedObject("person", (20, 10, 60, 55), _outline((20, 10, 60, 55)))
    scene = draw_scene([("person", (20, 10, 60, 95))], half)

    reason = scene.unsuitable(0)

    assert reason is not None
    assert reason.code == "edit.no_outline"


def test_an_outline_without_gaps_of_something_seen_through_is_not_cut_out() -> None:
    box = (20, 20, 80, 80)
    solid, gap = _outline(box), _outline((35, 35, 65, 65))
    whole = draw_scene([], MarkedObject("bicycle", box, solid))
    open_work = draw_scene([], MarkedObject("bicycle", box, solid & ~gap))

    reason = whole.unclear(0)
    assert reason is not None
    assert reason.code == "edit.no_outline"
    assert open_work.unclear(0) is None


@pytest.mark.parametrize(
    ("target", "other", "goes"),
    [
        (("vase", (40, 50, 70, 95)), ("potted plant", (38, 15, 74, 54)), True),
        (("person", (40, 5, 80, 95)), ("handbag", (72, 45, 88, 65)), True),
        (("horse", (30, 40, 110, 95)), ("person", (55, 10, 85, 60)), True),
        (("dining table", (20, 50, 140, 95)), ("cup", (60, 38, 75, 56)), True),
        (("skateboard", (50, 75, 90, 90)), ("person", (45, 10, 95, 79)), None),  # the larger one stays
        (("dog", (30, 60, 110, 95)), ("cat", (45, 40, 80, 64)), None),  # unknown whether it is carried or hidden
        (("dog", (30, 60, 70, 95)), ("cat", (100, 60, 140, 95)), False),
        (("donut", (40, 72, 80, 98)), ("donut", (50, 4, 70, 72)), False),  # they touch, and neither hides the other
        (("donut", (40, 44, 80, 94)), ("donut", (40, 14, 80, 64)), None),  # one hides a part of the other
    ],
)
def test_what_is_held_or_carried_goes_along_or_the_edit_is_refused(
    target: tuple[str, Box], other: tuple[str, Box], goes: bool | None
) -> None:
    scene = draw_scene([other], MarkedObject(target[0], target[1], _outline(target[1])))

    together = scene.together(0)

    if goes is None:
        assert isinstance(together, Reason)
        assert together.code == "edit.holds_another"
    else:
        assert together == ((0, 1) if goes else (0,))


def test_what_a_carried_thing_holds_goes_along_too() -> None:
    horse = (30, 45, 110, 95)
    found = [("person", (55, 15, 85, 60)), ("handbag", (78, 22, 92, 36))]

    assert draw_scene(found, MarkedObject("horse", horse, _outline(horse))).together(0) == (0, 1, 2)


@pytest.mark.parametrize(
    ("label", "holder", "held"),
    [
        ("tie", ("person", (30, 10, 80, 95)), True),
        ("cup", ("dining table", (20, 40, 140, 95)), False),  # it has a place of its own there
        ("person", ("dining table", (20, 40, 140, 95)), True),  # behind the table, or sitting on it
    ],
)
def test_what_another_object_holds_has_no_place_of_its_own(label: str, holder: tuple[str, Box], *, held: bool) -> None:
    box = (48, 25, 62, 55)
    scene = draw_scene([holder], MarkedObject(label, box, _outline(box)))

    reason = scene.held(0)

    assert (reason is not None) is held


def test_a_bust_has_no_other_place() -> None:
    bust = np.zeros(SHAPE[:2], np.bool_)
    bust[20:60, 40:90] = True
    scene = draw_scene([], MarkedObject("dog", (40, 20, 90, 60), bust))

    reason = scene.without_foot(0)

    assert reason is not None
    assert reason.code == "edit.cut_off"


def test_a_thing_behind_another_has_no_other_place() -> None:
    box = (40, 20, 90, 60)
    hidden = draw_scene([("suitcase", (36, 50, 110, 98))], MarkedObject("backpack", box, _outline(box)))
    free = draw_scene([("suitcase", (110, 50, 150, 98))], MarkedObject("backpack", box, _outline(box)))

    reason = hidden.without_foot(0)

    assert reason is not None
    assert reason.code == "edit.held"
    assert free.without_foot(0) is None


@pytest.mark.parametrize(("label", "refused"), [("vase", True), ("bottle", False)])
def test_unknown_things_that_stick_out_of_a_vase_keep_it_where_it_is(label: str, *, refused: bool) -> None:
    box = (40, 50, 70, 95)
    scene = draw_scene([], MarkedObject(label, box, _outline(box)), anomaly=0.4)

    assert isinstance(scene.together(0), Reason) is refused
