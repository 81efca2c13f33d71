"""What becomes of a photo: what the request names is told, and the rest is drawn."""

from collections.abc import Callable

import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.records import Reason
from imgdiff.stages import EditingRequest
from services.editing.compositing.colours import distance_to_colour
from services.editing.generation.instruct.photo_edits import PhotoEdit, ask_replacement, plan_edit
from services.editing.generation.instruct.photo_targets import choose_target
from services.editing.photo.scene import Scene
from services.editing.rewriting.rewrite import RewriteRequest
from services.english.colours import BASIC

KEEP = " Keep everything else as it is."
Look = Callable[[RGB], Scene]


def _plan(scene: Scene, operation: str, new: str | None = None, **given: object) -> PhotoEdit:
    request = EditingRequest(operation=operation, seed=3, **given)
    target = choose_target(scene, request)
    assert not isinstance(target, Reason), target
    made = plan_edit(scene, request, target, request.replacement or new)
    assert isinstance(made, PhotoEdit), made
    return made


@pytest.mark.parametrize(
    ("operation", "given", "told"),
    [
        ("replace", {"target": "the small cup", "replacement": "apple"}, "Replace the small cup with an apple."),
        ("remove", {"target": "sugar bowl"}, "Remove the sugar bowl. Fill the gap with the background."),
        ("add", {"target": "cup", "replacement": "two spoons"}, "Add two spoons next to the cup."),
        ("add", {"replacement": "an orange"}, "Add an orange."),
        ("recolour", {"target": "cup", "replacement": "Red"}, "Make the cup red."),
        ("move", {"target": "spoon", "replacement": "the top"}, "Move the spoon to the top of the picture."),
        ("recount", {"target": "cup", "replacement": "three"}, "Add one more cup, so that there are three cups."),
        ("recount", {"target": "plate"}, "Add one more plate."),
    ],
)
def test_what_a_request_names_is_told(look: Look, cups: RGB, operation: str, given: dict[str, str], told: str) -> None:
    assert _plan(look(cups), operation, **given).instruction == told + KEEP


def test_the_rewriter_is_asked_only_for_what_the_request_leaves_open(look: Look, cups: RGB, wall: RGB) -> None:
    def ask(photo: RGB, **given: object) -> RewriteRequest | Reason | None:
        request = EditingRequest(seed=3, **given)
        return ask_replacement(request, choose_target(look(photo), request), "a photo of two cups")

    open_one = ask(cups, operation="replace", target="spoon")
    assert (open_one.caption, open_one.target, open_one.replacement) == ("a photo of a spoon", "spoon", None)
    assert ask(cups, operation="replace", target="spoon", replacement="fork") is None
    assert ask(cups, operation="remove") is None
    assert ask(cups, operation="add").caption == "a photo of two cups"
    assert ask(wall, operation="add", caption="a brick wall").caption == "a brick wall"
    without = EditingRequest(operation="add", seed=3)
    assert ask_replacement(without, None, None) == Reason(code="rewrite.no_noun")


def test_a_thing_moves_to_the_other_side(look: Look, cups: RGB) -> None:
    for photo, side in ((cups, "left"), (np.ascontiguousarray(cups[:, ::-1]), "right")):
        told = _plan(look(photo), "move", target="spoon").instruction
        assert told == f"Move the spoon to the {side} side of the picture.{KEEP}"


def test_a_drawn_colour_differs_from_the_things_own(look: Look, cups: RGB) -> None:
    scene = look(cups)
    mask = scene.mask(choose_target(scene, EditingRequest(operation="recolour", target="spoon", seed=1)).index)
    own = min(BASIC, key=lambda name: distance_to_colour(cups, mask, name))
    made = [_plan(scene, "recolour", target="spoon", count=10, index=index) for index in range(10)]
    drawn = {edit.after.split()[0] for edit in made}

    assert drawn == {*BASIC} - {own}


def test_numbers_go_up_or_down_by_the_seed(look: Look, cups: RGB) -> None:
    made = [_plan(look(cups), "recount", target="cup", count=2, index=index) for index in range(2)]

    assert {(edit.before, edit.after) for edit in made} == {("cup", None), (None, "cup")}
    assert {edit.instruction.split(",")[0] for edit in made} == {"Remove one of the two cups", "Add one more cup"}


@pytest.mark.parametrize(
    ("operation", "given"), [("move", "behind the tree"), ("recount", "two"), ("recount", "many"), ("recount", "0")]
)
def test_what_no_sentence_states_is_refused(look: Look, cups: RGB, operation: str, given: str) -> None:
    request = EditingRequest(operation=operation, target="cup", replacement=given, seed=1)
    scene = look(cups)

    assert plan_edit(scene, request, choose_target(scene, request), given) == Reason(code="rewrite.not_sayable")
