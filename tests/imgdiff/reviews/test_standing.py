"""What stands of a history of reviews, and what it comes to."""

from datetime import UTC, datetime
from typing import Any

import pytest

from imgdiff.errors import InvalidRequest
from imgdiff.reviews.documents import Judgement, ReviewPatch, ReviewState
from imgdiff.reviews.standing import Step, combine, find_standing, judge, merge_patch

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _review(number: int, reviewer: str, state: str, **judged: Any) -> Step:
    return Step(number, reviewer, NOW, None, Judgement.model_validate({"state": state, **judged}))


def _undo(number: int, reviewer: str, undone: int) -> Step:
    return Step(number, reviewer, NOW, undone)


def test_the_newest_review_of_each_reviewer_that_was_not_undone_stands() -> None:
    steps = [_review(1, "a", "accepted"), _review(2, "b", "rejected"), _review(3, "a", "rejected"), _undo(4, "a", 3)]

    standing = find_standing([*steps, _undo(5, "b", 2)])

    assert {name: [one.number for one in reviews] for name, reviews in standing.items()} == {"a": [1]}
    assert combine(standing, 5).state is ReviewState.ACCEPTED


def test_without_more_than_half_of_the_reviewers_a_record_is_disputed() -> None:
    steps = [_review(1, "a", "accepted"), _review(2, "b", "rejected")]
    assert combine(find_standing(steps), 2).state is ReviewState.DISPUTED

    settled = combine(find_standing([*steps, _review(3, "c", "rejected", note="no")]), 3)

    assert (settled.state, settled.reviewers, settled.reviewer, settled.note) == (ReviewState.REJECTED, 3, "c", "no")
    assert combine({}, 7).revision == 7


def test_of_two_corrections_of_one_field_the_later_one_counts() -> None:
    texts = [{"caption": "one", "regions": {"0": {"label1": "cat"}}}, {"regions": {"0": {"label1": "fox"}}}]
    steps = [_review(number, str(number), "corrected", corrections=one) for number, one in enumerate(texts, 1)]

    together = combine(find_standing(steps), 2).corrections
    disputed = combine(find_standing([*steps[:1], _review(2, "b", "accepted")]), 2)

    assert together is not None
    assert (together.caption, together.regions["0"].label1) == ("one", "fox")
    assert disputed.corrections is None


def test_a_patch_changes_what_it_names_and_takes_away_what_is_null() -> None:
    first = judge(None, ReviewPatch.model_validate({"state": "accepted", "note": "x", "rating": {"box": "low"}}))
    second = judge(first, ReviewPatch.model_validate({"note": None, "rating": {"caption": "high"}}))

    assert (second.state, second.note, second.rating.box, second.rating.caption) == ("accepted", None, "low", "high")
    assert merge_patch({"a": {"b": 1, "c": 2}}, {"a": {"b": None, "d": {"e": None}}}) == {"a": {"c": 2, "d": {}}}


def test_to_accept_takes_the_corrections_away() -> None:
    corrected = judge(None, ReviewPatch.model_validate({"corrections": {"caption": "x"}}))

    assert corrected.state == "corrected"
    assert judge(corrected, ReviewPatch.model_validate({"state": "accepted"})).corrections is None
    with pytest.raises(InvalidRequest, match="nothing is corrected"):
        judge(corrected, ReviewPatch.model_validate({"corrections": {"caption": None}}))
