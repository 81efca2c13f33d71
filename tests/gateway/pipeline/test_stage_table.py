"""One row a stage: its order, its address, its request, and what its result makes of a pair."""

import base64
from collections.abc import Mapping

import numpy as np
import pytest

from gateway.pipeline.stage_table import (
    STAGES,
    Images,
    StageInput,
    StoredEditing,
    StoredPair,
    addresses,
    next_stage,
    stages_of,
)
from gateway.settings import GatewaySettings
from gateway.store.scenes.changes import PairChanges
from gateway.store.values import JobRequest, Pair
from imgdiff.funnel import STAGES as STEPS
from imgdiff.images import ImageLimits, ImagePair, decode_pair, encode_png
from imgdiff.jobs import JobKind, StageName
from imgdiff.objects.donors import DonorObject
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Change, Edit, Operation, Policy, Reason, RecordImage, Verdict
from imgdiff.stages import (
    CaptionedRegion,
    Captioning,
    DescribedObject,
    DetectedRegion,
    Detection,
    EditedPair,
    Editing,
    EditingRequest,
    StageReport,
)
from imgdiff.whole_pair import Alignment

PHOTO, CUP, BEFORE, AFTER = (f"sha256:{number:064x}" for number in range(4))
DONOR = DonorObject(asset=CUP, label="cup", box=(1, 1, 9, 9), licence="CC-BY-4.0", source="coco")
EDIT = Edit(operation=Operation.REMOVE, box=(4, 4, 20, 20), before="cup", seed=1)
IDENTITY = Alignment(applied=False, model="identity", matrix=((1, 0, 0), (0, 1, 0), (0, 0, 1)), score=1.0)
REGION = DetectedRegion(box=(4, 4, 20, 20), difference=0.7, kept=True)
DETECTION = Detection(seconds=0, alignment=IDENTITY, verdict=Verdict.DIFFERENT, regions=(REGION,))
EDITING, DETECTING, CAPTIONING = (STAGES[name] for name in StageName)


def _synthesis(policy: Policy = Policy.CURATE) -> JobRequest:
    fields = SynthesisFields(operation=Operation.REMOVE, count=3, seed=7)
    options = Options().settled(policy)
    return JobRequest(
        kind=JobKind.SYNTHESIS, options=options, fields=fields, image=PHOTO, donors=(DONOR,), drawn_donors=True
    )


def _input(request: JobRequest, pair: Pair, results: Mapping[StageName, StageReport] | None = None) -> StageInput:
    stored = {name: result.model_dump(mode="json") for name, result in (results or {}).items()}
    return StageInput(
        "job_1", request, pair, stored.__getitem__, lambda asset: RecordImage(asset=asset, width=64, height=48)
    )


def _read(png1: bytes, png2: bytes) -> ImagePair:
    return decode_pair(png1, png2, ImageLimits())


def test_a_synthesis_edits_first_and_every_job_detects_then_captions() -> None:
    assert stages_of(JobKind.SYNTHESIS) == (StageName.EDITING, StageName.DETECTION, StageName.CAPTIONING)
    assert stages_of(JobKind.DIFFERENCE_CAPTIONS) == (StageName.DETECTION, StageName.CAPTIONING)
    assert next_stage(JobKind.SYNTHESIS, StageName.EDITING) is StageName.DETECTION
    assert next_stage(JobKind.SYNTHESIS, StageName.CAPTIONING) is None


def test_every_stage_has_a_row_and_a_step_where_the_funnel_enters() -> None:
    assert tuple(STAGES) == tuple(StageName)
    assert set(STEPS.values()) == set(StageName)
    assert [spec.path for spec in STAGES.values()] == ["/edit", "/detect", "/caption"]


def test_addresses_are_the_settings_without_a_trailing_slash() -> None:
    settings = GatewaySettings(editing_url="http://e/", detection_url="http://d", captioning_url="http://c/base/")

    assert addresses(settings) == {"editing": "http://e", "detection": "http://d", "captioning": "http://c/base"}


def test_editing_gets_the_photo_its_donors_and_the_position_of_the_pair() -> None:
    inputs = _input(_synthesis(), Pair(1, "job_1", 2, round=1))

    request = EDITING.build_request(inputs).model_dump()

    assert EDITING.files(inputs) == [("image", PHOTO), ("donor", CUP)]
    assert {name: request[name] for name in ("operation", "seed", "index", "round", "drawn_donors", "donors")} == {
        "operation": Operation.REMOVE,
        "seed": 7,
        "index": 2,
        "round": 1,
        "drawn_donors": True,
        "donors": (DONOR.model_dump(),),
    }


@pytest.mark.parametrize(
    ("caption", "edit", "known"),
    [
        (None, None, {"caption1": "a cup", "caption2": "a bowl", "noun1": None, "noun2": None}),
        ("a cup", EDIT, {"caption1": "a cup", "caption2": "a bowl", "noun1": "cup", "noun2": None}),
        (None, EDIT, {"caption1": None, "caption2": None, "noun1": None, "noun2": None}),
    ],
)
def test_detection_gets_captions_and_an_edited_captions_nouns_but_nothing_of_an_edited_photo(
    caption: str | None, edit: Edit | None, known: Mapping[str, str | None]
) -> None:
    request = _synthesis().model_copy(update={"fields": SynthesisFields(operation=Operation.REMOVE, caption=caption)})
    pair = Pair(1, "job_1", 0, image1=BEFORE, image2=AFTER, caption1="a cup", caption2="a bowl", edit=edit)

    sent = DETECTING.build_request(_input(request, pair)).model_dump()

    assert {name: sent[name] for name in known} == known


def test_captioning_gets_both_images_and_what_was_detected() -> None:
    pair = Pair(1, "job_1", 0, image1=BEFORE, image2=AFTER, caption1="a cup on a table")
    inputs = _input(_synthesis(), pair, {StageName.DETECTION: DETECTION})

    request = CAPTIONING.build_request(inputs).model_dump()

    assert CAPTIONING.files(inputs) == [("image1", BEFORE), ("image2", AFTER)]
    assert (request["verdict"], request["caption1"]) == (Verdict.DIFFERENT, "a cup on a table")
    assert [region["box"] for region in request["regions"]] == [REGION.box]


def test_edited_images_are_stored_as_assets() -> None:
    images: list[bytes] = []

    def store(png: bytes) -> str:
        images.append(png)
        return AFTER

    pair = EditedPair(image1=None, image2=base64.b64encode(b"after"), edit=EDIT)
    request = EditingRequest(operation=Operation.REMOVE, seed=1)
    stored = EDITING.store(Editing(seconds=1, pair=pair), request, Images({}, _read, store))

    assert images == [b"after"]
    assert isinstance(stored, StoredEditing)
    assert stored.pair == StoredPair(image1=None, image2=AFTER, caption1=None, caption2=None, edit=EDIT)


def test_an_edited_pair_starts_from_the_photo_unless_editing_made_both_images() -> None:
    made = StoredPair(image1=None, image2=AFTER, caption1=None, caption2=None, edit=EDIT)
    inputs = _input(_synthesis(), Pair(1, "job_1", 0))

    from_photo = EDITING.update_pair(inputs, StoredEditing(seconds=1, pair=made)).pair
    from_caption = EDITING.update_pair(
        inputs, StoredEditing(seconds=1, pair=made.model_copy(update={"image1": BEFORE}))
    ).pair

    assert (from_photo.image1, from_photo.image2, from_photo.edit) == (PHOTO, AFTER, EDIT)
    assert from_caption.image1 == BEFORE


def test_editing_without_a_pair_rejects_it_with_its_reasons() -> None:
    reasons = (Reason(code="edit.target_not_found"),)

    update = EDITING.update_pair(_input(_synthesis(), Pair(1, "job_1", 0)), StoredEditing(seconds=1, reasons=reasons))

    assert update.rejected == reasons


def test_detection_measures_an_edit_and_leaves_an_uploaded_pair_as_it_is() -> None:
    uploaded = Pair(1, "job_1", 0, image1=BEFORE, image2=AFTER)
    edited = Pair(1, "job_1", 0, image1=PHOTO, image2=AFTER, edit=EDIT)

    assert DETECTING.update_pair(_input(_synthesis(), uploaded), DETECTION).pair == uploaded
    measured = DETECTING.update_pair(_input(_synthesis(), edited), DETECTION).pair.edit
    assert measured is not None
    assert measured.scores.found == 1.0


@pytest.mark.parametrize(("policy", "rejected"), [(Policy.CURATE, ["edit.contradicted"]), (Policy.DESCRIBE, [])])
def test_a_caption_that_contradicts_the_edit_rejects_the_record_under_curate(
    policy: Policy, rejected: list[str]
) -> None:
    pair = Pair(1, "job_1", 0, image1=PHOTO, image2=AFTER, edit=EDIT)
    results = {StageName.DETECTION: DETECTION, StageName.EDITING: StoredEditing(seconds=1)}
    captioning = Captioning(seconds=0, regions=(CaptionedRegion(change=Change.ADDED, kept=True),))

    update = CAPTIONING.update_pair(_input(_synthesis(policy), pair, results), captioning)

    assert [reason.code for reason in update.rejected] == rejected
    assert (update.record is None) is bool(rejected)


@pytest.mark.parametrize("policy", Policy)
def test_a_swapped_pair_has_no_record_under_curate_and_a_reason_under_describe(policy: Policy) -> None:
    options = Options(instruction="Remove the cup").settled(policy)
    request = JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=options)
    swapped = Reason(code="pair.swapped", value=0.97, threshold=0.5)
    captioned = Captioning(seconds=0, regions=(CaptionedRegion(change=Change.ADDED, kept=True),), reasons=(swapped,))
    pair = Pair(1, "job_1", 0, image1=PHOTO, image2=AFTER)

    update = CAPTIONING.update_pair(_input(request, pair, {StageName.DETECTION: DETECTION}), captioned)

    curates = policy is Policy.CURATE
    assert update.rejected == ((swapped,) if curates else ())
    assert (update.record is None) is curates
    assert curates or (update.record.reasons, update.record.source.instruction) == ((swapped,), "Remove the cup")


@pytest.mark.parametrize(("policy", "rejected"), [(Policy.CURATE, ["question.still_shown"]), (Policy.DESCRIBE, [])])
def test_a_question_that_cannot_be_answered_rejects_the_pair_under_curate(policy: Policy, rejected: list[str]) -> None:
    pair = Pair(1, "job_1", 0, image1=PHOTO, image2=AFTER, edit=EDIT)
    results = {StageName.DETECTION: DETECTION, StageName.EDITING: StoredEditing(seconds=1)}
    reason = Reason(code="question.still_shown", value=0.5, threshold=0.2)
    described = DescribedObject(description="a cup", match_shown=0.6, match_erased=0.5, reasons=(reason,))
    region = CaptionedRegion(change=Change.REMOVED, kept=True)
    captioning = Captioning(seconds=0, regions=(region,), described=described)

    update = CAPTIONING.update_pair(_input(_synthesis(policy), pair, results), captioning)

    assert [one.code for one in update.rejected] == rejected
    assert policy is Policy.CURATE or (update.record is not None and update.record.question is not None)
    assert update.record is None or update.record.question.reasons == (reason,)


def test_different_changes_of_narrow_deep_grey_do_not_repeat_one_another() -> None:
    request = JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=Options().settled(Policy.CURATE))
    region = REGION.model_copy(update={"box2": REGION.box})
    found = DETECTION.model_copy(update={"regions": (region,)})
    empty = np.linspace(900, 1400, 64 * 48).reshape(48, 64).astype(np.uint16)

    def describe(asset: str, grey: int) -> PairChanges:
        filled = empty.copy()
        filled[4:20, 4:20] = grey
        pair = Pair(1, "job_1", 0, image1=BEFORE, image2=asset)
        inputs = _input(request, pair, {StageName.DETECTION: found})
        answer = Captioning(seconds=0, regions=(CaptionedRegion(change=Change.CHANGED, kept=True),))
        sent = {"image1": encode_png(empty), "image2": encode_png(filled)}
        stored = CAPTIONING.store(answer, CAPTIONING.build_request(inputs), Images(sent, _read, lambda _: asset))
        changes = CAPTIONING.update_pair(inputs, stored).changes
        assert changes is not None
        return changes

    assert describe(AFTER, 950).repeats(describe(CUP, 1350)) == 0
    assert describe(AFTER, 950).repeats(describe(CUP, 960)) == 1


def test_captioning_is_told_what_is_claimed_of_the_images() -> None:
    claims = {"caption1": "A cup.", "caption2": "A table.", "instruction": "Remove the cup"}
    request = JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=Options(**claims).settled(Policy.DESCRIBE))
    pair = Pair(1, "job_1", 0, image1=BEFORE, image2=AFTER, caption1="A cup.", caption2="A table.")

    asked = CAPTIONING.build_request(_input(request, pair, {StageName.DETECTION: DETECTION}))

    assert asked.model_dump(include=set(claims)) == claims


def test_captioning_is_asked_for_the_object_of_a_removal_only() -> None:
    for operation, expected in ((Operation.REMOVE, EDIT.box), (Operation.REPLACE, None)):
        edit = EDIT.model_copy(update={"operation": operation})
        pair = Pair(1, "job_1", 0, image1=BEFORE, image2=AFTER, edit=edit)
        asked = CAPTIONING.build_request(_input(_synthesis(), pair, {StageName.DETECTION: DETECTION})).asked

        assert (None if asked is None else asked.box) == expected
