"""Captions after an edit say what was found or given, and nothing else."""

import numpy as np
import pytest

from imgdiff.records import Operation
from imgdiff.stages import EditingRequest
from services.editing.operations.captions import describe, write_captions
from services.editing.operations.edit import EditedPhoto


def test_what_is_shown_is_counted() -> None:
    assert describe(["cup", "person", "cup"]) == "a photo of two cups and a person"
    assert describe([]) is None


def _after(
    operation: str, caption: str, before: str | None, after: str | None, target: str | None = None
) -> str | None:
    request = EditingRequest(operation=Operation(operation), caption=caption, target=target, seed=1)
    first, second = write_captions(request, ["cup"], EditedPhoto(np.zeros((1, 1, 3), np.uint8), before, after))
    assert first == caption
    return second


@pytest.mark.parametrize(
    ("operation", "caption", "before", "after", "second"),
    [
        ("replace", "A cup on a table.", "cup", "umbrella", "An umbrella on a table."),
        ("replace", "the red cup on a table", "cup", "umbrella", "the umbrella on a table"),
        ("replace", "a cup beside a cup", "cup", "umbrella", None),
        ("replace", "two cups on a table", "cup", "umbrella", None),
        ("replace", "a table", "cup", "umbrella", None),
        ("replace", "a cupboard", "cup", "umbrella", None),
        ("remove", "a cup on a table", "cup", None, "a table"),
        ("remove", "a table with a cup and a spoon", "cup", None, "a table with a spoon"),
        ("remove", "two cups on a table", "cup", None, None),
        ("remove", "a cup", "cup", None, None),
        ("remove", "eine Tasse auf dem Tisch", "cup", None, None),
        ("add", "a cup on a table", None, "egg", "a cup on a table, with an egg nearby"),
        ("recolour", "a cup on a table", "cup", "orange cup", "an orange cup on a table"),
        ("recolour", "three cups on a table", "cup", "orange cup", None),
        ("recount", "two cups on a table", None, "cup", "three cups on a table"),
        ("recount", "a cup on a table", None, "cup", "two cups on a table"),
        ("recount", "two cups on a table", "cup", None, "one cup on a table"),
        ("recount", "a cup on a table", "cup", None, None),
        ("recount", "cups on a table", "cup", None, None),
        ("move", "a cup next to a jar", "cup", "cup", None),
    ],
)
def test_a_given_caption_is_edited_if_it_names_the_thing_exactly_once_and_nothing_is_guessed(
    operation: str, caption: str, before: str | None, after: str | None, second: str | None
) -> None:
    assert _after(operation, caption, before, after) == second


def test_the_requested_noun_is_searched_before_the_detectors_label() -> None:
    assert _after("replace", "a mug and a cup", "cup", "bowl", target="mug") == "a bowl and a cup"


def test_without_a_caption_the_detected_objects_are_listed() -> None:
    request = EditingRequest(operation=Operation.REMOVE, seed=1)
    made = EditedPhoto(np.zeros((1, 1, 3), np.uint8), before="cup", after=None)

    assert write_captions(request, ["cup"], made) == ("a photo of a cup", None)


@pytest.mark.parametrize(
    ("operation", "before", "after", "second"),
    [
        ("remove", "vase", None, "a photo of a cup"),
        ("replace", "vase", "vase", "a photo of a cup and a vase"),
        ("move", "vase", "vase", "a photo of a cup, a vase and a tulip"),
        ("recount", None, "vase", "a photo of two vases, two tulips and a cup"),
        ("recount", "vase", None, "a photo of a cup"),
        ("add", None, "vase", "a photo of two vases, two tulips and a cup"),
    ],
)
def test_what_an_object_holds_goes_comes_or_moves_with_it(
    operation: str, before: str | None, after: str | None, second: str
) -> None:
    request = EditingRequest(operation=Operation(operation), seed=1)
    made = EditedPhoto(np.zeros((1, 1, 3), np.uint8), before, after, also=("tulip",))

    assert write_captions(request, ["vase", "tulip", "cup"], made)[1] == second
