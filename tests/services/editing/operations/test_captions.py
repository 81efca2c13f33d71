"""Captions after an edit say what was found or given, and nothing else."""

import numpy as np
import pytest

from imgdiff.records import Operation
from imgdiff.stages import EditingRequest
from services.editing.operations.captions import captions, shown
from services.editing.operations.edit import Edited


def test_what_is_shown_is_counted() -> None:
    assert shown(["cup", "person", "cup"]) == "a photo of two cups and a person"
    assert shown([]) is None


def _after(
    operation: str, caption: str, before: str | None, after: str | None, target: str | None = None
) -> str | None:
    request = EditingRequest(operation=Operation(operation), caption=caption, target=target, seed=1)
    first, second = captions(request, ["cup"], Edited(np.zeros((1, 1, 3), np.uint8), before, after))
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
def test_a_given_caption_is_edited_where_it_names_the_thing_once_and_nothing_has_to_be_guessed(
    operation: str, caption: str, before: str | None, after: str | None, second: str | None
) -> None:
    assert _after(operation, caption, before, after) == second


def test_the_ordered_noun_is_looked_for_before_the_detectors() -> None:
    assert _after("replace", "a mug and a cup", "cup", "bowl", target="mug") == "a bowl and a cup"


def test_without_a_caption_what_was_found_is_told() -> None:
    request = EditingRequest(operation=Operation.REMOVE, seed=1)
    made = Edited(np.zeros((1, 1, 3), np.uint8), before="cup", after=None)

    assert captions(request, ["cup"], made) == ("a photo of a cup", None)
