"""Every code has its step, and a pair ends with its last region."""

import pytest

from gateway.funnel.steps import (
    ENTRY,
    NO_EVIDENCE,
    SURVIVED,
    End,
    Outcome,
    dropped,
    end_without_regions,
    first,
    settle,
    step_of,
    unknown,
)
from imgdiff.funnel import STAGES, Step
from imgdiff.jobs import StageName
from imgdiff.rules.reasons import REASONS


@pytest.mark.parametrize(
    ("code", "step"),
    [
        ("rewrite.chatter", Step.EDITING),
        ("edit.too_small", Step.EDITING),
        ("edit.not_found", Step.EDIT_MATCH),
        ("pair.identical", Step.IMAGE_SIMILARITY),
        ("region.no_evidence", Step.EVIDENCE),
        ("region.limit", Step.BOX_LIMIT),
        ("caption.mismatch", Step.TEXT_MATCH),
        ("text.empty", Step.TEXT_CHECK),
        ("edit.contradicted", Step.RECORD),
        ("something.new", Step.RECORD),
    ],
)
def test_a_code_belongs_to_the_step_of_its_gate(code: str, step: Step) -> None:
    assert step_of(code) is step


def test_no_reason_falls_to_the_last_step_by_default() -> None:
    last = {reason.code for reason in REASONS if step_of(reason.code) is Step.RECORD}
    asked = {"question.mismatch", "question.still_shown"}
    assert last == {"edit.contradicted", "pair.swapped", "record.duplicate"} | asked


def test_a_pair_enters_a_stage_at_its_first_step() -> None:
    assert ENTRY == {
        StageName.EDITING: Step.EDITING,
        StageName.DETECTION: Step.IMAGE_SIMILARITY,
        StageName.CAPTIONING: Step.TEXT_MATCH,
    }
    assert list(STAGES) == list(Step)


def test_the_first_code_is_that_of_the_first_step() -> None:
    assert first(["region.limit", "region.overlap", "region.no_evidence"]) == "region.no_evidence"
    assert first(["edit.elsewhere", "edit.not_found"]) == "edit.elsewhere"
    assert first([]) is None


def test_a_pair_without_regions_ends_with_its_last_one_or_is_unknown() -> None:
    small, similar = dropped("region.too_small"), dropped("region.too_similar")

    assert end_without_regions([similar, small]) == (End.DROPPED, similar.place, NO_EVIDENCE)
    assert end_without_regions([]) == (End.DROPPED, dropped("region.no_evidence").place, NO_EVIDENCE)
    assert end_without_regions([similar, unknown(Step.OVERLAP)]) == unknown(Step.OVERLAP)


def test_a_pair_that_ends_takes_its_surviving_regions_along() -> None:
    small, elsewhere = dropped("region.too_small"), dropped("edit.elsewhere")

    assert settle(elsewhere, [SURVIVED, small]) == Outcome(elsewhere, (elsewhere, small))
    assert settle(dropped("pair.identical"), [SURVIVED]) == Outcome(dropped("pair.identical"))
