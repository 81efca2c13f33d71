"""The results of the stages become one record."""

import pytest

from gateway.store.values import JobRequest, Pair
from imgdiff.composition.records import Evidence, compose
from imgdiff.jobs import JobKind
from imgdiff.options import Options
from imgdiff.records import Change, Edit, Operation, Question, Record, RecordImage, Verdict
from imgdiff.stages import CaptionedRegion, Captioning, DescribedObject, DetectedRegion, Detection
from imgdiff.whole_pair import Alignment, PairChange, PairChangeKind

IMAGE = RecordImage(asset="sha256:" + "1" * 64, width=64, height=48)
UNMOVED = Alignment(applied=False, model="identity", matrix=((1, 0, 0), (0, 1, 0), (0, 0, 1)), score=1.0)
LEFT = DetectedRegion(box=(4, 4, 20, 20), difference=0.5, confidence=0.8, kept=True, moved_to=(40, 4, 56, 20))
CAME = DetectedRegion(box=(40, 4, 56, 20), difference=0.7, kept=True, moved_from=(4, 4, 20, 20))


def _record(*regions: DetectedRegion, kept: tuple[bool, ...], changes: tuple[PairChange, ...] = ()) -> Record:
    """The record of detected regions; `kept` says which of them captioning kept."""
    detection = Detection(
        seconds=0, alignment=UNMOVED, verdict=Verdict.DIFFERENT, confidence=0.9, regions=regions, pair_changes=changes
    )
    captioned = tuple(CaptionedRegion(change=Change.MOVED, kept=one) for one in kept)
    captioning = Captioning(seconds=0, regions=captioned)
    evidence = Evidence(Pair(1, "job_1", 0), IMAGE, IMAGE, detection, captioning)
    return compose("job_1", JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=Options()), evidence)


def test_a_difference_of_the_whole_pair_needs_no_region() -> None:
    mirrored = PairChange(kind=PairChangeKind.MIRRORED, harmless=False, text="Image 2 is mirrored.")
    noisier = PairChange(kind=PairChangeKind.NOISE, harmless=True, text="Image 2 is noisier.")

    assert _record(LEFT, kept=(False,), changes=(mirrored,)).verdict is Verdict.DIFFERENT
    assert _record(LEFT, kept=(False,), changes=(noisier,)).verdict is Verdict.UNDETERMINED


def test_a_region_keeps_where_its_object_moved_to_and_from() -> None:
    came, left = _record(LEFT, CAME, kept=(True, True)).regions

    assert (left.box, left.moved_to, left.moved_from) == (LEFT.box, CAME.box, None)
    assert (came.box, came.moved_to, came.moved_from) == (CAME.box, None, LEFT.box)


def test_the_verdict_is_undetermined_when_captioning_drops_the_last_region() -> None:
    assert _record(LEFT, CAME, kept=(True, False)).verdict is Verdict.DIFFERENT

    record = _record(LEFT, CAME, kept=(False, False))

    assert record.verdict is Verdict.UNDETERMINED
    assert [reason.code for reason in record.reasons] == ["pair.no_evidence"]


def test_confidence_is_detections_and_null_where_there_is_none() -> None:
    record = _record(LEFT, CAME, kept=(True, True))

    assert record.confidence == 0.9
    assert {region.box: region.confidence for region in record.regions} == {LEFT.box: 0.8, CAME.box: None}


def test_a_verdict_that_captioning_reversed_has_no_confidence() -> None:
    record = _record(LEFT, CAME, kept=(False, False))

    assert record.confidence is None
    assert {region.confidence for region in record.regions} == {0.8, None}


DESCRIBED = DescribedObject(
    description="A red cup.", caption1="A red cup.", caption2="a table", match_shown=0.6, match_erased=0.1
)


def _question(
    operation: Operation,
    seed: int = 1,
    described: DescribedObject | None = DESCRIBED,
    noun: str = "cup",
    image: RecordImage = IMAGE,
) -> Question | None:
    edit = Edit(operation=operation, box=(20, 4, 40, 30), before=noun, after=noun, seed=seed)
    detection = Detection(seconds=0, alignment=UNMOVED, verdict=Verdict.DIFFERENT)
    evidence = Evidence(
        Pair(1, "job_1", 0, edit=edit), image, IMAGE, detection, Captioning(seconds=0, described=described)
    )
    return compose("job_1", JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=Options()), evidence).question


@pytest.mark.parametrize(("operation", "shown"), [(Operation.REMOVE, "image1"), (Operation.ADD, "image2")])
def test_the_answer_is_the_side_of_the_image_that_shows_the_object(operation: Operation, shown: str) -> None:
    sides = set()
    for seed in range(20):
        question = _question(operation, seed)
        assert question is not None
        sides.add(question.left)
        right = "image2" if question.left == "image1" else "image1"
        assert {"A": question.left, "B": right}[question.answer] == shown

    assert sides == {"image1", "image2"}


def test_one_seed_for_many_photos_does_not_make_one_answer_right() -> None:
    photos = [IMAGE.model_copy(update={"asset": f"sha256:{number:064x}"}) for number in range(20)]
    answers = [_question(Operation.REMOVE, seed=7, image=photo).answer for photo in photos]

    assert 5 <= answers.count("A") <= 15


def test_a_question_has_the_objects_description_both_captions_and_a_box_to_draw() -> None:
    question = _question(Operation.REMOVE)

    assert question is not None
    assert question.text == 'Inside the red box, which image has the object described as "A red cup"?'
    assert (question.caption1, question.caption2) == ("A red cup.", "a table")
    assert (question.match_shown, question.match_erased) == (0.6, 0.1)
    assert question.box == (5, 0, 55, 45)


@pytest.mark.parametrize("operation", [Operation.REMOVE, Operation.ADD])
def test_quotes_in_a_description_do_not_end_its_quotation(operation: Operation) -> None:
    sign = DescribedObject(description='The text "12".', caption1=None, caption2=None, match_shown=0.6, match_erased=0)
    captioned, named = _question(operation, described=sign), _question(operation, described=None, noun='"12" sign')

    assert captioned is not None
    assert captioned.text.endswith("""described as "The text '12'"?""")
    assert named is not None
    assert named.text.endswith("""described as "'12' sign"?""")


def test_an_object_that_was_not_described_has_its_noun_and_other_edits_no_question() -> None:
    plain = _question(Operation.REMOVE, described=None)

    assert plain is not None
    assert 'described as "cup"?' in plain.text
    assert _question(Operation.REPLACE) is None
