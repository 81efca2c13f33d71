"""What a model learns from a record: kept regions with a sentence and two boxes, of pairs that were judged."""

from pathlib import Path

import pytest

from gateway.exports.samples import clean, describe_region, find_choice, find_samples, normalise
from imgdiff.evidence import Check, Outcome
from imgdiff.records import Reason, Record, Verdict
from tests.gateway.exports.conftest import SmallDataset

OLD = Path(__file__).parents[2] / "contracts" / "record_v1.json"


def test_kept_regions_with_a_sentence_are_samples(record: Record) -> None:
    first, second, *rest = record.regions
    silent = second.model_copy(update={"caption": None})
    found = list(find_samples(record.model_copy(update={"regions": (first, silent, *rest)})))

    assert [one.index for one in found] == [0, 2, 3]
    assert [one.sentence for one in found] == [record.regions[index].caption for index in (0, 2, 3)]
    assert found[0].box1 == first.box
    assert found[0].box2 == first.box2
    assert found[0].id == f"{record.id}_0"


@pytest.mark.parametrize("lacking", ["box", "box2"])
def test_a_place_that_only_one_image_has_is_none(record: Record, lacking: str) -> None:
    regions = tuple(one.model_copy(update={lacking: None}) for one in record.regions)

    assert list(find_samples(record.model_copy(update={"regions": regions}))) == []


@pytest.mark.parametrize("verdict", [Verdict.SAME, Verdict.UNRELATED, Verdict.UNDETERMINED])
def test_a_pair_that_was_not_judged_different_has_none(small: SmallDataset, verdict: Verdict) -> None:
    for record in small.records[:2]:
        other = record.model_copy(update={"verdict": verdict})

        assert list(find_samples(other)) == []
        assert find_choice(other) is None


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_outcome_of_the_check_is_a_field(record: Record, outcome: Outcome) -> None:
    checked = record.regions[0].model_copy(update={"check": Check(outcome=outcome)})
    sample = next(find_samples(record.model_copy(update={"regions": (checked,)})))

    assert describe_region(sample)["check"] == outcome
    assert describe_region(next(find_samples(_unchecked(record))))["check"] == ""


def _unchecked(record: Record) -> Record:
    return record.model_copy(update={"regions": (record.regions[0].model_copy(update={"check": None}),)})


def test_a_record_of_the_first_version_is_placed_by_its_alignment() -> None:
    found = list(find_samples(Record.model_validate_json(OLD.read_text())))

    assert [one.index for one in found] == [0, 1, 2, 3]
    assert (found[0].box1, found[0].box2) == ((412, 120, 508, 240), (414, 119, 510, 239))


def test_a_question_that_a_gate_objected_to_is_none(small: SmallDataset) -> None:
    asked = small.records[1]
    question = asked.question.model_copy(update={"reasons": (Reason(code="question.mismatch"),)})

    assert find_choice(asked).question == asked.question
    assert find_choice(asked.model_copy(update={"question": question})) is None
    assert find_choice(small.records[0]) is None


def test_a_question_is_asked_with_its_options(small: SmallDataset) -> None:
    choice = find_choice(small.records[1])

    assert choice.prompt.split("\n")[:3] == ["Which image shows the cup?", "A. The left image.", "B. The right image."]
    assert choice.order("first", "second") == ("second", "first")  # image2 is on the left


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("A <image> here </s>", "A ‹image› here ‹/s›"),
        ("<|im_end|> and <IMG_CONTEXT>", "‹|im_end|› and ‹IMG_CONTEXT›"),
        (" 3 < 5 and 7 > 2\n", "3 < 5 and 7 > 2"),
    ],
)
def test_no_text_holds_what_a_tokenizer_reads_as_its_own(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_boxes_are_normalised_by_their_own_image() -> None:
    assert normalise((64, 48, 320, 480), 640, 480) == [0.1, 0.1, 0.5, 1.0]
