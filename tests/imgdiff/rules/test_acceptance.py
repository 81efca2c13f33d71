"""When a synthesised pair shows the requested edit, by what detection found without knowing it."""

import pytest

from imgdiff.objects.places import LocatedBy
from imgdiff.records import Box, Change, Edit, EditScores, Operation, Reason, Verdict
from imgdiff.rules.acceptance import KeptRegion, contradicts, decide, decide_edit, locate
from imgdiff.rules.thresholds import Thresholds, acceptance_thresholds

PLACE: Box = (100, 100, 200, 200)


def _edit(*boxes: Box, regenerated: bool = False, **scores: float) -> Edit:
    return Edit(
        operation=Operation.REMOVE,
        box=boxes[0],
        boxes=boxes,
        seed=1,
        regenerated=regenerated,
        scores=EditScores.model_validate(scores),
    )


def _plain(*boxes: Box) -> list[KeptRegion]:
    return [KeptRegion(box) for box in boxes]


def _fine(*, regenerated: bool = False, **others: float | None) -> Edit:
    scores = {"found": 0.5, "elsewhere": 0, "outside_psnr": 99.0} | others
    return _edit(PLACE, regenerated=regenerated, **{name: value for name, value in scores.items() if value is not None})


def _limits(**requested: float) -> Thresholds:
    codes = {f"edit.{name}": value for name, value in requested.items()}
    return Thresholds(acceptance_thresholds(codes, regenerated=False))


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
    scores = locate(_edit(PLACE), _plain(*boxes)).scores

    assert (scores.found, scores.elsewhere) == (found, elsewhere)


def test_of_a_thing_that_moved_both_places_must_be_found() -> None:
    to: Box = (300, 100, 400, 200)

    assert locate(_edit(PLACE, to), _plain(PLACE)).scores.found == 0
    assert locate(_edit(PLACE, to), _plain(PLACE, to)).scores.found == 1


def test_every_gate_reports_its_value_and_threshold_and_a_request_may_move_it() -> None:
    scores = EditScores(found=0.2, elsewhere=1, outside_psnr=30.0, outside_perceptual=0.2)

    decision = decide_edit(scores, _limits(elsewhere=1))

    assert {reason.code: (reason.value, reason.threshold) for reason in decision.reasons} == {
        "edit.not_found": (0.2, 0.3),
        "edit.outside_changed": (30.0, 40.0),
        "edit.outside_perceptual": (0.2, 0.05),
    }
    assert decide_edit(EditScores(), _limits()).kept


def _generated(located_by: LocatedBy = LocatedBy.PIXELS) -> Edit:
    return _edit(PLACE, regenerated=True).model_copy(update={"located_by": located_by})


def test_a_regenerated_pair_is_found_where_a_kept_region_shows_an_exchanged_noun() -> None:
    """Its boxes are a guess, and detection need not agree with them."""
    elsewhere: Box = (300, 300, 400, 400)
    noun, other = KeptRegion(elsewhere, shows_noun=True), KeptRegion(PLACE, shows_noun=False)

    def codes(*kept: KeptRegion, matched: bool = True) -> list[str]:
        edit = locate(_generated(), kept, matched=matched)
        limits = Thresholds(acceptance_thresholds({}, regenerated=True))
        return decide([], Verdict.DIFFERENT, edit, limits).drops

    assert codes(other, noun) == []
    assert codes(other) == ["edit.not_found"]
    assert codes() == ["edit.not_found"]
    assert codes(KeptRegion(PLACE), matched=False) == []  # no noun could be matched


def test_regions_that_show_the_nouns_replace_a_guess_and_not_what_attention_says() -> None:
    first, second = (300, 300, 400, 400), (500, 300, 600, 420)
    kept = [*_plain(PLACE), *(KeptRegion(box, shows_noun=True) for box in (first, second))]
    guessed, attended = (locate(_generated(by), kept, matched=True) for by in (LocatedBy.PIXELS, LocatedBy.ATTENTION))

    assert (guessed.located_by, guessed.boxes, guessed.box) == (
        LocatedBy.REGIONS,
        (first, second),
        (300, 300, 600, 420),
    )
    assert guessed.scores.elsewhere == 1
    assert (attended.located_by, attended.box, attended.scores.elsewhere) == (LocatedBy.ATTENTION, PLACE, 2)
    assert locate(guessed, kept, matched=True) == guessed  # as the funnel's replay does


SIMILAR, DIFFERENT = Reason(code="pair.too_similar", value=0.99), Reason(code="pair.too_different", value=0.5)


@pytest.mark.parametrize("reason", [SIMILAR, DIFFERENT])
def test_whole_image_similarity_gives_way_to_what_was_measured(reason: Reason) -> None:
    def codes(edit: Edit, **requested: float) -> list[str]:
        return decide([reason], Verdict.DIFFERENT, edit, _limits(**requested)).drops

    assert codes(_fine()) == []
    assert codes(_fine(outside_psnr=None)) == [reason.code]
    assert codes(_fine(elsewhere=1)) == [reason.code]
    assert codes(_fine(outside_psnr=32.0), outside_changed=30.0) == [reason.code]
    assert codes(_fine(regenerated=True)) == [reason.code]


def test_other_reasons_against_a_pair_stand_and_notes_do_not() -> None:
    nothing, moved = Reason(code="pair.no_evidence"), Reason(code="alignment.not_found", value=0.1)

    assert decide([nothing, moved, SIMILAR], Verdict.SAME, _fine(), _limits()).drops == ["pair.no_evidence"]
    assert decide([moved], Verdict.DIFFERENT, _fine(), _limits()).kept
    assert decide([], Verdict.SAME, _fine(), _limits()).drops == ["pair.no_evidence"]


def test_while_regions_are_unknown_only_what_more_of_them_cannot_change_is_certain() -> None:
    unfound, crowded, changed = _fine(found=0.0), _fine(elsewhere=1), _fine(outside_psnr=20.0)

    assert decide([], None, _fine(), _limits(), complete=False).unknown == "pair.no_evidence"
    assert decide([], Verdict.DIFFERENT, unfound, _limits(), complete=False).unknown == "edit.not_found"
    assert decide([], Verdict.DIFFERENT, crowded, _limits(), complete=False).drops == ["edit.elsewhere"]
    assert decide([], Verdict.DIFFERENT, changed, _limits(), complete=False).drops == ["edit.outside_changed"]
    assert decide([SIMILAR], Verdict.DIFFERENT, _fine(), _limits(), complete=False).unknown == "pair.too_similar"


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
def test_a_caption_that_states_the_opposite_contradicts(operation: Operation, change: Change, codes: list[str]) -> None:
    assert [reason.code for reason in contradicts(operation, [Change.CHANGED, change])] == codes
