"""Which thing each pair edits: the request's, the caption's or a detected one, and no thing twice in the same way."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.records import Reason
from imgdiff.stages import EditingRequest
from services.editing.generation.instruct.photo_edits import PhotoEdit, plan_edit
from services.editing.generation.instruct.photo_targets import choose_target
from services.editing.generation.instruct.target import Target
from services.editing.photo.scene import Scene
from services.editing.photo.scene_cache import SceneCache
from services.editing.photo.vision import PhotoVision
from services.editing.removal.object_removal import ObjectRemover
from services.objects.marked_object import MarkedObject

Look = Callable[[RGB], Scene]
THINGS = {"the cup on the right", "the cup on the left", "the spoon"}
EXHAUSTED = Reason(code="edit.exhausted")


def _choose(scene: Scene, operation: str, **given: object) -> Target | Reason | None:
    return choose_target(scene, EditingRequest(operation=operation, **{"seed": 3, **given}))


def _name(scene: Scene, operation: str, **given: object) -> str | None:
    """The thing in words; null where nothing is left."""
    chosen = _choose(scene, operation, **given)
    return None if chosen == EXHAUSTED else chosen.phrase  # type: ignore[union-attr]


def _edits(scene: Scene, operation: str, count: int, **given: object) -> list[str | None]:
    """The instruction of each pair."""
    made: list[str | None] = []
    for index in range(count):
        request = EditingRequest(operation=operation, seed=3, count=count, index=index, **given)
        target = choose_target(scene, request)
        edit = target if isinstance(target, Reason) else plan_edit(scene, request, target, request.replacement)
        made.append(edit.instruction if isinstance(edit, PhotoEdit) else None)
    return made


def test_no_thing_is_removed_twice(look: Look, cups: RGB) -> None:
    made = [_name(look(cups), "remove", count=5, index=index) for index in range(5)]

    assert set(made[:3]) == THINGS
    assert made[3:] == [None, None]


def test_a_pair_that_was_rejected_tries_its_own_things_again(look: Look, cups: RGB) -> None:
    first = [_name(look(cups), "remove", count=2, index=0, round=number) for number in range(4)]
    other = [_name(look(cups), "remove", count=2, index=1, round=number) for number in range(2)]

    assert first[:2] == first[2:]
    assert len(set(first[:2])) == 2
    assert set(other) == THINGS - set(first)


@pytest.mark.parametrize(("operation", "count"), [("recolour", 12), ("move", 5), ("recount", 5)])
def test_no_two_pairs_have_the_same_edit(look: Look, cups: RGB, operation: str, count: int) -> None:
    made = [told for told in _edits(look(cups), operation, count) if told is not None]

    assert len(set(made)) == len(made) >= 3


def test_every_thing_has_its_turn_before_one_has_its_second(look: Look, cups: RGB) -> None:
    scene = look(cups)
    made = [_choose(scene, "recolour", count=7, index=index) for index in range(7)]
    turns = Counter(target.phrase for target in made)  # type: ignore[union-attr]

    assert max(turns.values()) - min(turns.values()) <= 1
    assert sum(turns.values()) == 7


def test_each_of_the_things_that_are_named_alike_is_edited(look: Look, cups: RGB) -> None:
    scene = look(cups)

    assert {_name(scene, "remove", target="cup", count=2, index=index) for index in range(2)} == {
        "the cup on the right",
        "the cup on the left",
    }
    assert [_name(scene, "remove", target="cup", count=3, index=index) for index in range(3)].count(None) == 1
    assert _name(scene, "remove", target="cup") == "the cup"
    assert [_name(scene, "remove", target="small cup", count=2, index=index) for index in range(2)] == [
        "the small cup",
        None,
    ]


def test_a_new_thing_is_drawn_for_every_pair(look: Look, cups: RGB) -> None:
    assert [_name(look(cups), "replace", target="spoon", count=3, index=index) for index in range(3)] == [
        "the spoon",
        "the spoon",
        "the spoon",
    ]
    assert [
        _name(look(cups), "replace", target="spoon", replacement="fork", count=2, index=index) for index in range(2)
    ] == ["the spoon", None]


def test_after_the_things_of_the_caption_come_the_others(look: Look, cups: RGB) -> None:
    caption = "a silver spoon on a table"
    made = [_name(look(cups), "remove", caption=caption, count=4, index=index) for index in range(4)]

    assert made[0] == "the silver spoon"
    assert set(made[1:3]) == THINGS - {"the spoon"}
    assert made[3] is None


def test_without_a_target_every_index_takes_another_detected_thing(look: Look, cups: RGB) -> None:
    made = [_name(look(cups), "remove", count=3, index=index) for index in range(3)]

    assert set(made) == THINGS
    assert made == [_name(look(cups), "remove", count=3, index=index) for index in range(3)]


def test_a_marked_thing_is_named_by_its_place_and_its_noun(vision: PhotoVision, cups: RGB) -> None:
    cache = SceneCache(vision, ObjectRemover(vision.anomaly_score))
    small, corner = (477, 15, 578, 122), (0, 340, 60, 400)
    marks = {
        "the cup on the right": MarkedObject(None, small),
        "the small cup": MarkedObject("small cup", small),
        "the napkin": MarkedObject("napkin", corner),
        "the object at the bottom left of the picture": MarkedObject(None, corner),
    }

    for phrase, marked in marks.items():
        scene = cache.scene(cups, {}, marked)
        request = EditingRequest(operation="remove", seed=1, target=marked.noun)
        assert choose_target(scene, request).phrase == phrase


def test_of_many_alike_one_is_named_by_its_ninth_of_the_picture(look: Look, cups: RGB) -> None:
    scene = look(np.ascontiguousarray(np.concatenate([np.concatenate([cups, cups], axis=1)] * 2)))
    made = [_name(scene, "remove", count=12, index=index) for index in range(12)]
    told = [phrase for phrase in made if phrase is not None]

    assert any(phrase.endswith("of the picture") for phrase in told)
    assert len(set(told)) == len(told) > 4


def test_a_caption_names_the_target_if_the_photo_shows_it(look: Look, cups: RGB) -> None:
    for seed in range(4):
        request = EditingRequest(operation="remove", seed=seed, caption="a silver spoon in a car on a table")
        target = choose_target(look(cups), request)
        assert (target.noun, target.phrase, target.count) == ("spoon", "the silver spoon", 1)


def test_what_the_caption_names_is_taken_on_trust_where_nothing_is_detected(look: Look, wall: RGB) -> None:
    request = EditingRequest(operation="remove", seed=1, caption="a clock on the beach")

    assert choose_target(look(wall), request).phrase == "the clock"
    assert choose_target(look(wall), EditingRequest(operation="remove", seed=1)) == Reason(code="edit.target_not_found")
    assert choose_target(look(wall), EditingRequest(operation="add", seed=1)) is None
