"""The embedded networks find the example pair swapped, and never in its own order."""

import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.records import Reason
from imgdiff.stages import Captioning

SECOND_CUP = (440, 6, 596, 150)


def _swapped(answer: Captioning) -> list[Reason]:
    return [reason for reason in answer.reasons if reason.code == "pair.swapped"]


@pytest.mark.parametrize(
    "claims",
    [
        {"instruction": "Put a cup on the table"},
        {"instruction": "A second cup has been added."},
        {"caption1": "A red cup.", "caption2": "A red cup.", "instruction": "Insert a cup"},
    ],
)
def test_a_swapped_pair_is_found_by_what_is_claimed_of_it(
    caption, before: RGB, after: RGB, claims: dict[str, str]
) -> None:
    own, other = caption(before, after, SECOND_CUP, **claims), caption(after, before, SECOND_CUP, **claims)

    assert _swapped(own) == []
    (reason,) = _swapped(other)
    assert reason.threshold == other.parameters["pair.swapped"] == own.parameters["pair.swapped"]
    assert reason.value is not None
    assert reason.threshold is not None
    assert reason.threshold < reason.value <= 1


@pytest.mark.parametrize("claims", [{}, {"caption1": "A cup."}, {"instruction": "Make it brighter"}])
def test_where_nothing_is_claimed_of_one_image_nothing_is_measured(
    caption, before: RGB, after: RGB, claims: dict[str, str]
) -> None:
    answer = caption(after, before, SECOND_CUP, **claims)

    assert _swapped(answer) == []
    assert "pair.swapped" not in answer.parameters


def test_a_claim_about_another_thing_is_not_contradicted(caption, before: RGB, after: RGB) -> None:
    for images in ((before, after), (after, before)):
        assert _swapped(caption(*images, SECOND_CUP, instruction="Remove the dog")) == []


def test_captions_that_leave_the_other_cup_out_are_not_contradicted(caption, before: RGB, after: RGB) -> None:
    claims = {"caption1": "A table.", "caption2": "A cup on a table."}

    assert _swapped(caption(after, before, SECOND_CUP, **claims)) == []


def test_captions_are_contradicted_where_the_other_image_has_no_cup(caption, before: RGB, after: RGB) -> None:
    claims = {"caption1": "A table.", "caption2": "A cup on a table."}
    part = np.s_[:170, 430:]
    cropped = np.ascontiguousarray(after[part]), np.ascontiguousarray(before[part])

    assert _swapped(caption(*cropped[::-1], (10, 6, 166, 150), **claims)) == []
    assert len(_swapped(caption(*cropped, (10, 6, 166, 150), **claims))) == 1


def test_a_claim_of_the_other_order_does_not_turn_what_is_said(caption, before: RGB, after: RGB) -> None:
    added = {"caption1": "A table.", "caption2": "A cup on a table.", "instruction": "Add a cup"}
    removed = {"caption1": "A cup on a table.", "caption2": "A table.", "instruction": "Remove the cup"}

    for images, wrong, text in (((after, before), added, "removed"), ((before, after), removed, "added")):
        (region,) = caption(*images, SECOND_CUP, **wrong).regions
        shown, ground = (region.label1, region.label2)[:: 1 if text == "removed" else -1]

        assert region.caption.endswith(f"has been {text}.")
        assert (region.change, shown, ground) == (text, "cup", None)


def test_a_request_may_raise_the_threshold_until_every_pair_passes(caption, before: RGB, after: RGB) -> None:
    lenient = {"instruction": "Add a cup", "thresholds": {"pair.swapped": 1.0}}

    assert _swapped(caption(after, before, SECOND_CUP, **lenient)) == []
