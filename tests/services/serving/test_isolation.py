"""One item's failure leaves the rest of its batch alone."""

from collections.abc import Sequence

import pytest

from imgdiff.errors import ImgdiffError, Overloaded
from services.serving.isolation import isolate, run_isolated


def _halve(numbers: Sequence[int]) -> list[int | ImgdiffError]:
    """Fails as a whole when one number is odd."""
    if any(number % 2 for number in numbers):
        raise RuntimeError("odd")
    return [number // 2 for number in numbers]


def test_a_batch_without_failures_runs_whole() -> None:
    sizes: list[int] = []

    def run(numbers: Sequence[int]) -> list[int | ImgdiffError]:
        sizes.append(len(numbers))
        return _halve(numbers)

    assert run_isolated("halving failed", [2, 4, 6], run) == [1, 2, 3]
    assert sizes == [3]


def test_only_the_item_that_fails_alone_reports_an_error() -> None:
    one, error, three = run_isolated("halving failed", [2, 3, 6], _halve)

    assert (one, three) == (1, 3)
    assert isinstance(error, ImgdiffError)
    assert error.detail == "halving failed: RuntimeError"


def test_an_error_that_is_no_items_fault_is_reported_for_all_of_them() -> None:
    calls: list[int] = []

    def refuse(numbers: Sequence[int]) -> list[int | ImgdiffError]:
        calls.append(len(numbers))
        raise Overloaded("no memory left")

    results = run_isolated("halving failed", [2, 4], refuse)

    assert [type(result) for result in results] == [Overloaded, Overloaded]
    assert calls == [2]


def test_an_empty_batch_runs_nothing() -> None:
    assert run_isolated("halving failed", [], _halve) == []


def test_a_missing_result_is_a_fault_of_the_code() -> None:
    with pytest.raises(AssertionError, match="1 results for a batch of 2"):
        run_isolated("halving failed", [2, 4], lambda _: [1])


def test_a_single_call_gives_its_result_or_its_error() -> None:
    def fail(error: Exception) -> int:
        raise error

    refused = Overloaded("busy")

    assert isolate("it failed", lambda: 3) == 3
    assert isolate("it failed", lambda: fail(refused)) is refused
    unforeseen = isolate("it failed", lambda: fail(KeyError("secret")))
    assert isinstance(unforeseen, ImgdiffError)
    assert unforeseen.detail == "it failed: KeyError"
