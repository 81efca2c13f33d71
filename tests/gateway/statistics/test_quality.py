"""Precision, agreement and thresholds as the literature has them."""

import pytest

from gateway.statistics.quality import MINIMUM, RecordSeen, RegionSeen, Tally, agree, count_ratings, measure
from imgdiff.records import Change
from imgdiff.reviews.documents import Corrections, Decision, Grade, Judgement, Rating, ReviewState


def test_a_share_has_its_interval_from_the_minimum_on() -> None:
    found = measure(81, 263)

    assert found["precision"] == pytest.approx(0.3080, abs=5e-5)
    assert (found["low"], found["high"]) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))
    none, every = measure(0, 30), measure(30, 30)
    assert (none["low"], every["high"]) == (0.0, pytest.approx(1.0))
    assert measure(29, MINIMUM - 1) == {"reviewed": 29, "right": 29}


def _judged(first: Decision, second: Decision, times: int) -> list[dict[str, Judgement]]:
    return [{"ben": Judgement(state=second), "anna": Judgement(state=first)}] * times


def test_kappa_is_cohens() -> None:
    """The textbook's table: 20 and 15 agreed, 5 and 10 not."""
    yes, no = Decision.ACCEPTED, Decision.REJECTED
    records = [*_judged(yes, yes, 20), *_judged(no, no, 15), *_judged(yes, no, 5), *_judged(no, yes, 10)]

    (found,) = agree([*records, {"anna": Judgement(state=yes)}])
    (few,) = agree(records[:10])
    (same,) = agree(_judged(yes, yes, 40))

    assert (found.reviewers, found.records, found.agreement) == (("anna", "ben"), 50, pytest.approx(0.7))
    assert found.kappa == pytest.approx(0.4)
    assert (few.agreement, few.kappa, same.agreement, same.kappa) == (1.0, None, 1.0, None)


def _seen(state: ReviewState, confidence: float | None, corrected: str | None = None) -> RecordSeen:
    regions = [RegionSeen(change=Change.ADDED, kept=True), RegionSeen(change=Change.REMOVED, kept=True)]
    dropped = RegionSeen(change=Change.MOVED, kept=False)
    corrections = None if corrected is None else Corrections.model_validate({"regions": {corrected: {"label1": "x"}}})
    return RecordSeen(state, confidence, [*regions, dropped], corrections)


def test_of_a_corrected_record_the_regions_that_nobody_corrected_are_right() -> None:
    tally = Tally()
    for record in (
        _seen(ReviewState.ACCEPTED, 0.9),
        _seen(ReviewState.REJECTED, 0.2),
        _seen(ReviewState.CORRECTED, None, "0"),
        _seen(ReviewState.DISPUTED, 0.5),
    ):
        tally.add(record)

    counts = {one.change: (one.right, one.reviewed) for one in tally.by_change()}
    assert counts == {Change.ADDED: (1, 3), Change.REMOVED: (2, 3)}
    overall = tally.find_precision()
    assert (overall.right, overall.reviewed, overall.precision) == (1, 3, None)
    assert [(one.least, one.reviewed) for one in tally.by_bucket() if one.reviewed] == [(0.2, 1), (0.9, 1)]


def test_the_threshold_is_the_least_that_gives_the_precision() -> None:
    tally = Tally()
    for number in range(100):
        confidence = number / 100
        tally.add(_seen(ReviewState.ACCEPTED if number >= 50 else ReviewState.REJECTED, confidence))
    asked: list[float] = []

    def count(confidence: float) -> int:
        asked.append(confidence)
        return 1234

    found = tally.find_threshold(0.8, count)

    assert (found.confidence, found.right, found.reviewed, found.kept) == (0.38, 50, 62, 1234)
    assert (asked, found.missing) == ([0.38], None)
    assert found.precision is not None
    assert found.precision >= 0.8
    assert Tally().find_threshold(0.8, count).missing == (
        "0 records with a confidence are reviewed, and a threshold needs 30"
    )


def test_a_precision_that_no_threshold_gives_has_a_sentence() -> None:
    tally = Tally()
    for number in range(60):
        tally.add(_seen(ReviewState.REJECTED if number % 2 else ReviewState.ACCEPTED, number / 60))

    found = tally.find_threshold(0.99, lambda _: 0)

    assert (found.confidence, found.kept, found.reviewed, found.right) == (None, None, 60, 30)
    assert found.missing is not None
    assert found.missing.startswith("no threshold gives 0.99")


def test_grades_are_counted() -> None:
    judgements = [Judgement(state=Decision.ACCEPTED, rating=Rating(box=Grade.HIGH)), Judgement(state=Decision.ACCEPTED)]

    found = count_ratings(judgements)

    assert (found.box, found.caption) == (
        {Grade.HIGH: 1, Grade.MEDIUM: 0, Grade.LOW: 0},
        {Grade.HIGH: 0, Grade.MEDIUM: 0, Grade.LOW: 0},
    )
