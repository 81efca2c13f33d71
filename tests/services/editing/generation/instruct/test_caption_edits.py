"""Rewritten captions become instructions: the changed thing with its words, and what it turns into."""

import pytest

from imgdiff.stages import EditingRequest
from services.editing.backends.rewriters.embedded import EmbeddedRewriter
from services.editing.generation.instruct.caption_edits import write_instruction
from services.editing.rewriting.rewrite import Rewrite, ask_for_caption

KEEP = " Keep everything else as it is."


def _tell(caption: str, operation: str, **given: str) -> str:
    request = EditingRequest(caption=caption, operation=operation, seed=3, **given)
    (rewrite,) = EmbeddedRewriter().rewrite([ask_for_caption(request, 3)])
    assert isinstance(rewrite, Rewrite), rewrite
    return write_instruction(request, rewrite).removesuffix(KEEP)


NEW = {"replacement": "cat"}
EDITS = [
    ("a brown dog on a sofa", "replace", {"target": "dog", **NEW}, "Replace the brown dog with a brown cat."),
    ("two dogs on the grass", "replace", NEW, "Replace the two dogs with two cats."),
    ("The dog sleeps", "replace", {"replacement": "an elephant"}, "Replace the dog with an elephant."),
    ("a red dog and a black dog", "replace", {"target": "black dog", **NEW}, "Replace the black dog with a black cat."),
    ("a bunch of apples", "replace", {"replacement": "orange"}, "Replace the apples with oranges."),
    ("a dog and a cat on a bed", "remove", {"target": "dog"}, "Remove the dog. Fill the gap with the background."),
    ("a dog on a sofa", "add", {"replacement": "ball"}, "Add a ball."),
    ("a dog on a sofa", "add", {"target": "dog", "replacement": "an apple"}, "Add an apple next to the dog."),
    ("a red cup on a table", "recolour", {"target": "cup", "replacement": "green"}, "Make the red cup green."),
    ("two cups on a table", "recolour", {"target": "cups", "replacement": "blue"}, "Make the two cups blue."),
    ("a cat", "move", {"target": "cat", "replacement": "right"}, "Move the cat to the right side of the picture."),
    ("two dogs on the grass", "recount", {"replacement": "three"}, "Add one more dog, so that there are three dogs."),
    ("a dog", "recount", {"replacement": "4"}, "Change the number of dogs, so that there are exactly four dogs."),
]


@pytest.mark.parametrize(("caption", "operation", "given", "told"), EDITS)
def test_a_rewritten_caption_is_told(caption: str, operation: str, given: dict[str, str], told: str) -> None:
    assert _tell(caption, operation, **given) == told


def test_a_place_beside_another_thing_is_told_by_the_second_caption() -> None:
    shown = "Move the cat, so that the picture shows this:"

    assert _tell("a cat under a table", "move", target="cat") == f"{shown} a cat on top of a table."
    assert _tell("a cat on the left of a car", "move", target="cat") == f"{shown} a cat on the right of a car."


def test_a_change_without_a_template_is_told_by_the_second_caption() -> None:
    request = EditingRequest(caption="some dogs", operation="recount", seed=1)
    told = write_instruction(request, Rewrite("some dogs", "many dogs.", "dog", "dog"))

    assert told == f"Change the picture only as far as needed, so that it shows this: many dogs.{KEEP}"
