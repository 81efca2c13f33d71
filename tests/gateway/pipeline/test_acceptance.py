"""When a made pair is what was ordered, judged by what detection found without knowing the edit."""

import pytest

from gateway.pipeline.acceptance import against, asked, contradicted, measured, superseded
from gateway.store.values import JobRequest
from imgdiff.jobs import JobKind
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Box, Change, Edit, EditScores, Operation
from imgdiff.stages import CaptionedRegion, DetectedRegion

PLACE: Box = (100, 100, 200, 200)


def _edit(*boxes: Box, operation: Operation = Operation.REMOVE) -> Edit:
    return Edit(operation=operation, box=boxes[0], boxes=boxes, seed=1)


def _found(*boxes: Box, kept: bool = True) -> list[DetectedRegion]:
    return [DetectedRegion(box=box, difference=0.5, kept=kept) for box in boxes]


@pytest.mark.parametrize(
    ("boxes", "found", "elsewhere"),
    [
        ([PLACE], 1.0, 0),
        ([(100, 100, 150, 200)], 0.5, 0),
        ([(100, 100, 150, 200), (150, 100, 200, 200)], 1.0, 0),
        ([(96, 96, 208, 212)], 0.7697, 0),
        ([(300, 300, 320, 320)], 0.0, 1),
        ([PLACE, (300, 300, 320, 320), (0, 0, 20, 20)], 1.0, 2),
        ([PLACE, (205, 120, 210, 190)], 1.0, 0),
        ([], 0.0, 0),
    ],
)
def test_an_edit_is_found_whole_in_pieces_or_not_at_all(boxes: list[Box], found: float, elsewhere: int) -> None:
    scores = measured(_edit(PLACE), _found(*boxes)).scores

    assert (scores.found, scores.elsewhere) == (found, elsewhere)


def test_of_a_thing_that_moved_both_places_must_be_found() -> None:
    to: Box = (300, 100, 400, 200)

    assert measured(_edit(PLACE, to), _found(PLACE)).scores.found == 0
    assert measured(_edit(PLACE, to), _found(PLACE, to)).scores.found == 1


def test_regions_that_detection_dropped_do_not_count() -> None:
    scores = measured(_edit(PLACE), _found(PLACE, (0, 0, 9, 9), kept=False)).scores

    assert (scores.found, scores.elsewhere) == (0, 0)


def test_every_gate_speaks_with_its_value_and_limit_and_a_request_may_move_it() -> None:
    scores = EditScores(found=0.2, elsewhere=1, outside_psnr=30.0, outside_perceptual=0.2)

    told = {reason.code: (reason.value, reason.threshold) for reason in against(scores, {"edit.elsewhere": 1})}

    assert told == {
        "edit.not_found": (0.2, 0.3), "edit.outside_changed": (30.0, 40.0), "edit.outside_perceptual": (0.2, 0.05),
    }  # fmt: skip
    assert against(EditScores(), {}) == ()


def test_whole_image_similarity_gives_way_to_what_was_measured() -> None:
    fine = EditScores(found=0.5, elsewhere=0, outside_psnr=99.0)

    assert superseded(fine, {}) == {"pair.too_similar", "pair.too_different"}
    assert superseded(fine.model_copy(update={"outside_psnr": None}), {}) == frozenset()
    assert superseded(fine.model_copy(update={"elsewhere": 1}), {}) == frozenset()
    drifted = fine.model_copy(update={"outside_psnr": 32.0})
    assert superseded(drifted, {"edit.outside_changed": 30.0}) == frozenset()


def test_pairs_made_from_a_caption_have_limits_of_their_own_and_the_clients_go_first() -> None:
    fields = SynthesisFields(operation=Operation.REPLACE, caption="a cat")
    drawn = JobRequest(kind=JobKind.SYNTHESIS, options=Options(thresholds={"edit.elsewhere": 2}), fields=fields)

    assert asked(drawn) == {"edit.outside_changed": 30.0, "edit.outside_perceptual": 0.1, "edit.elsewhere": 2}
    assert asked(drawn.model_copy(update={"image": f"sha256:{0:064x}"})) == {"edit.elsewhere": 2}


@pytest.mark.parametrize(
    ("operation", "change", "codes"),
    [
        (Operation.REMOVE, Change.ADDED, ["edit.contradicted"]),
        (Operation.REMOVE, Change.REMOVED, []),
        (Operation.REMOVE, Change.CHANGED, []),
        (Operation.ADD, Change.REMOVED, ["edit.contradicted"]),
        (Operation.REPLACE, Change.REMOVED, []),
    ],
)
def test_a_caption_that_tells_the_opposite_contradicts(operation: Operation, change: Change, codes: list[str]) -> None:
    regions = [CaptionedRegion(change=change, kept=True), CaptionedRegion(change=Change.ADDED, kept=False)]

    assert [reason.code for reason in contradicted(_edit(PLACE, operation=operation), regions)] == codes
