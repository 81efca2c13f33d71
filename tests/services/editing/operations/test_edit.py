"""The pairs of a request share its attempts: other targets first, then other choices, and nothing twice."""

from collections.abc import Hashable

import pytest

from services.editing.operations.edit import Attempt, EditedPhoto, deal_attempts, shuffle_attempts


def _never() -> EditedPhoto:
    raise AssertionError


def _attempt(target: Hashable, choice: Hashable = None) -> Attempt:
    return Attempt(_never, target=target, choice=choice)


def _kinds(attempts: list[Attempt]) -> list[tuple[Hashable, Hashable]]:
    return [(attempt.target, attempt.choice) for attempt in attempts]


def test_attempts_that_look_alike_belong_to_one_pair() -> None:
    attempts = [_attempt("cup"), _attempt("cup"), _attempt("spoon"), _attempt("cup")]

    assert [_kinds(deal_attempts(attempts, index, 3)) for index in range(3)] == [
        [("cup", None)] * 3,
        [("spoon", None)],
        [],
    ]


def test_every_target_comes_before_a_second_choice_of_one() -> None:
    attempts = [_attempt("cup", colour) for colour in ("red", "blue")] + [_attempt("spoon", "red")]

    assert [_kinds(deal_attempts(attempts, index, 3))[0][0] for index in range(3)] == ["cup", "spoon", "cup"]


def test_targets_get_different_choices_where_there_are_some() -> None:
    attempts = [_attempt(target, donor) for target in ("cup", "bowl") for donor in ("mug", "jug")]

    assert {_kinds(deal_attempts(attempts, index, 4))[0] for index in range(2)} == {("cup", "mug"), ("bowl", "jug")}


@pytest.mark.parametrize("count", [1, 3, 8])
def test_no_attempt_is_lost_or_given_twice(count: int) -> None:
    attempts = [_attempt(target, choice) for target in range(5) for choice in range(3) for _ in range(2)]
    drawn = shuffle_attempts(attempts, 7)

    dealt = [attempt for index in range(count) for attempt in deal_attempts(drawn, index, count)]

    assert sorted(map(id, dealt)) == sorted(map(id, attempts))
    assert dealt == [attempt for index in range(count) for attempt in deal_attempts(drawn, index, count)]
