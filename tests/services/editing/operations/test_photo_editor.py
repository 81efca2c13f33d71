"""Every operation on real photos: what was asked for is there afterwards, and nothing else has changed."""

import io
import json
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from imgdiff.boxes import iou
from imgdiff.errors import ImgdiffError, InvalidRequest
from imgdiff.images import RGB, ImageLimits, encode_png
from imgdiff.records import Edit
from imgdiff.stages import EditedPair
from services.editing.compositing.colours import distance_to_colour
from services.editing.engine import EditingEngine
from services.editing.operations.edit import EXHAUSTED
from services.editing.photo.vision import PhotoVision
from services.editing.schema import parse_edit
from services.imaging.arrays import Flags
from services.imaging.masks import bounds, decode_mask, encode_mask
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket

SMALL_CUP = (477, 15, 578, 122)
IN_CORNER = (117, 15, 218, 122)  # of the corner with that cup


@pytest.fixture(scope="module")
def corner(cups: RGB) -> RGB:
    """The small cup with little around it."""
    return np.ascontiguousarray(cups[:200, 360:])


@pytest.fixture(scope="module")
def outline(vision: PhotoVision, cups: RGB) -> Flags:
    """That of the small cup."""
    return vision.mask(cups, SMALL_CUP)


def _pixels(png: bytes) -> RGB:
    return np.asarray(Image.open(io.BytesIO(png)))


def _changed(edit: Edit) -> np.ndarray:
    assert edit.mask is not None
    return decode_mask(edit.mask)


def _only(pair: EditedPair, image: RGB) -> RGB:
    """The edited picture, after the promises that every edit keeps."""
    assert pair.image1 is None
    before, after, mask = image, _pixels(pair.image2), _changed(pair.edit)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert np.array_equal((before != after).any(axis=2), mask)
    assert pair.edit.box == (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    return after


def test_a_removed_object_is_not_seen_any_more(edit, vision: PhotoVision, cups: RGB) -> None:
    pair = edit(cups, "remove", target="cup").pair
    after = _only(pair, cups)

    assert vision.score_at(cups, "cup", SMALL_CUP) > 0.5
    assert vision.score_inside(after, "cup", SMALL_CUP) == 0
    assert (pair.edit.before, pair.edit.after) == ("cup", None)
    assert pair.caption1 == "a photo of two cups, a dining table and a spoon"
    assert pair.caption2 == "a photo of a dining table, a cup and a spoon"


def test_a_place_that_is_too_large_to_be_judged_is_not_filled(edit, cups: RGB) -> None:
    answer = edit(cups, "remove", target_box=[174, 12, 410, 329])  # the large cup with its spoon

    assert answer.pair is None
    assert "edit.strange" in [reason.code for reason in answer.reasons]


def test_a_moved_object_is_seen_elsewhere_only(edit, vision: PhotoVision, cups: RGB) -> None:
    pair = edit(cups, "move", target="mug").pair
    after = _only(pair, cups)

    there = [item.box for item in vision.detect(after) if item.label == "cup"]
    assert len(there) == 2
    assert vision.score_inside(after, "cup", SMALL_CUP) == 0
    assert pair.edit.before == pair.edit.after == "cup"


def test_a_recoloured_object_has_the_colour_and_is_still_seen(order, vision: PhotoVision, cups: RGB) -> None:
    pairs = [one.pair for one in order(cups, "recolour", 2, target="cup", replacement="Blue")]

    assert len({pair.edit.box for pair in pairs}) == 2
    for pair in pairs:
        after, mask = _only(pair, cups), _changed(pair.edit)
        assert distance_to_colour(after, mask, "blue") < 0.6 * distance_to_colour(cups, mask, "blue")
        assert vision.score_at(after, "cup", pair.edit.box) > 0.3
        assert pair.edit.after == "blue cup"
        assert pair.caption2 == "a photo of a dining table, a cup, a spoon and a blue cup"


def test_objects_of_a_donor_are_added_and_replaced(
    edit, vision: PhotoVision, wall: RGB, motorcycle: RGB, corner: RGB
) -> None:
    bricks, donor = (np.ascontiguousarray(one) for one in (wall[:256, :256], motorcycle[::2, ::2]))
    assert "edit.unsure_outline" in {one.code for one in edit(bricks, "add", donor).reasons}
    loosely = {"edit.unsure_outline": 0.8}  # spokes, and a workshop behind them
    added = edit(bricks, "add", donor, thresholds=loosely).pair
    parked = _only(added, bricks)
    replaced = edit(corner, "replace", donor, target="cup", replacement="motorbike", thresholds=loosely).pair
    after = _only(replaced, corner)

    assert (added.edit.before, added.edit.after) == (None, "motorcycle")
    assert (added.caption1, added.caption2) == (None, "a photo of a motorcycle")
    assert vision.score_at(parked, "motorcycle", added.edit.box) > 0.3
    assert (replaced.edit.before, replaced.edit.after) == ("cup", "motorcycle")
    assert replaced.caption2 == "a photo of a dining table, a cup and a motorcycle"
    assert vision.score_at(after, "motorcycle", replaced.edit.box) > 0.3
    assert vision.score_inside(after, "cup", IN_CORNER) == 0


@pytest.mark.parametrize(("noun", "before"), [("mug", "cup"), ("lantern", "lantern"), (None, "cup")])
def test_a_marked_object_is_edited_under_the_noun_of_the_request(
    edit, vision: PhotoVision, cups: RGB, outline: Flags, noun: str | None, before: str
) -> None:
    small, marked = (np.ascontiguousarray(one[::2, ::2]) for one in (cups, outline))
    answer = edit(small, "remove", target=noun, target_mask=encode_mask(marked).model_dump())
    after = _only(answer.pair, small)

    assert answer.pair.edit.before == before
    assert iou(answer.pair.edit.box, bounds(marked)) > 0.5
    assert vision.score_inside(after, "cup", bounds(marked)) == 0


def test_a_marked_outline_is_sure_and_a_box_is_outlined_here(edit, cups: RGB, outline: Flags) -> None:
    strict = {"edit.unsure_outline": 1.0}
    request = {"target": "cup", "replacement": "blue", "thresholds": strict}
    marked = edit(cups, "recolour", target_mask=encode_mask(outline).model_dump(), **request)
    boxed = edit(cups, "recolour", target_box=SMALL_CUP, **request)

    assert marked.pair.edit.after == "blue cup"
    assert [one.code for one in boxed.reasons][:1] == ["edit.unsure_outline"]


def test_a_donor_brings_its_outline_its_noun_and_its_source(edit, outline: Flags, cups: RGB, wall: RGB) -> None:
    bricks = np.ascontiguousarray(wall[:256, :256])
    donor = {"label": "lantern", "mask": encode_mask(outline).model_dump()}
    about = {"id": f"don_{7:032x}", "source": "a fair", "licence": "CC0-1.0"}
    pair = edit(bricks, "add", cups, donors=[donor | about]).pair
    _only(pair, bricks)

    assert (pair.edit.before, pair.edit.after) == (None, "lantern")
    assert pair.edit.donor.model_dump(exclude_none=True) == about | {"label": "lantern"}
    assert "edit.donor_not_found" in {
        one.code for one in edit(bricks, "add", cups, donors=[donor], replacement="zebra").reasons
    }


@pytest.mark.parametrize(
    ("part", "pointer"),
    [
        ({"target_box": (0, 0, 700, 20)}, "/request/target_box"),
        ({"target_mask": {"size": [2, 3], "counts": [1, 5]}}, "/request/target_mask"),
        ({"operation": "add", "donors": [{"box": (0, 0, 5, 5)}, {"label": "cup"}]}, "/request/donors"),
        ({"operation": "add", "donors": [{"box": (0, 0, 5, 500)}]}, "/request/donors/0/box"),
    ],
)
def test_a_place_that_is_not_in_its_image_is_refused_by_name(cups: RGB, part: dict, pointer: str) -> None:
    request = {"operation": "remove", "seed": 1, **part}

    with pytest.raises(InvalidRequest) as refused:
        parse_edit(encode_png(cups), (encode_png(cups),), json.dumps(request), ImageLimits())

    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_a_given_caption_is_rewritten_where_that_is_sure(edit, cups: RGB) -> None:
    caption = "A spoon lies beside a mug on a red table."
    pair = edit(cups, "recolour", target="mug", replacement="green", caption=caption).pair

    assert (pair.caption1, pair.caption2) == (caption, "A spoon lies beside a green mug on a red table.")


def test_a_seed_repeats_and_another_seed_chooses_otherwise(edit, cups: RGB) -> None:
    first = edit(cups, "recolour", seed=5, count=2, index=1)
    others = [edit(cups, "recolour", seed=seed) for seed in range(6, 9)]
    again = edit(cups, "recolour", seed=5, count=2, index=1)

    assert (first.pair, first.reasons) == (again.pair, again.reasons)
    assert len({(one.pair.edit.box, one.pair.edit.after) for one in others if one.pair}) > 1


@pytest.mark.parametrize("operation", ["remove", "recolour"])
def test_every_index_is_made_or_refused_with_reasons_and_none_is_made_twice(order, cups: RGB, operation: str) -> None:
    answers = order(cups, operation, 3, target="cup")

    assert all((answer.pair is None) == bool(answer.reasons) for answer in answers)
    made = [answer.pair.image2 for answer in answers if answer.pair]
    assert made
    assert len(set(made)) == len(made)


def test_no_two_removals_are_of_one_object_however_many_are_asked_for(order, cups: RGB) -> None:
    answers = order(cups, "remove", 4, seed=7)
    removed = [answer.pair.edit.box for answer in answers if answer.pair]

    assert removed
    assert all(iou(one, other) < 0.3 for one, other in combinations(removed, 2))
    assert {reason.code for answer in answers for reason in answer.reasons} >= {"edit.exhausted"}


def test_recolourings_take_each_object_before_one_has_a_second_colour(order, cups: RGB) -> None:
    answers = order(cups, "recolour", 3, target="cup", seed=5)
    made = [(answer.pair.edit.box, answer.pair.edit.after) for answer in answers if answer.pair]

    assert len(made) == 3
    assert len({box for box, _ in made}) == 2
    assert len({after for _, after in made}) == 3


def test_another_round_goes_on_where_the_last_one_ended(edit, cups: RGB) -> None:
    rounds = [edit(cups, "recolour", seed=5, round=number).pair for number in range(3)]

    assert len({(pair.edit.box, pair.edit.after) for pair in rounds if pair}) == len([pair for pair in rounds if pair])
    assert [pair.edit.round for pair in rounds if pair] == [number for number, pair in enumerate(rounds) if pair]
    assert edit(cups, "recolour", seed=5, round=40).reasons == (EXHAUSTED,)


@pytest.mark.parametrize(
    ("request_part", "code"),
    [
        ({"operation": "remove", "target": "zebra"}, "edit.target_not_found"),
        ({"operation": "remove", "target": "spaceship"}, "edit.target_not_found"),
        ({"operation": "replace", "target": "cup", "replacement": "zebra"}, "edit.donor_not_found"),
        ({"operation": "add", "replacement": "spaceship"}, "edit.donor_not_found"),
        ({"operation": "remove", "target": "spoon", "thresholds": {"edit.too_small": 0.2}}, "edit.too_small"),
        ({"operation": "remove", "target": "spoon", "thresholds": {"edit.too_large": 0.001}}, "edit.too_large"),
    ],
)
def test_what_cannot_be_edited_is_refused_with_its_reason(edit, cups: RGB, request_part: dict, code: str) -> None:
    answer = edit(cups, request_part.pop("operation"), cups, **request_part)

    assert answer.pair is None
    assert code in {reason.code for reason in answer.reasons}


def test_a_recount_adds_or_removes_one_of_the_same(edit, vision: PhotoVision, cups: RGB) -> None:
    made = [pair for seed in range(1, 4) if (pair := edit(cups, "recount", target="cup", seed=seed).pair)]

    assert made
    for pair in made:
        after = _only(pair, cups)
        count = sum(item.label == "cup" for item in vision.detect(after))
        assert (pair.edit.before, pair.edit.after, count) in {("cup", None, 1), (None, "cup", 3)}


def test_an_edit_reports_what_is_detected_and_that_nothing_else_changed(edit, cups: RGB) -> None:
    scores = edit(cups, "move", target="mug").pair.edit.scores

    assert scores.before == 0
    assert scores.after > 0.3
    assert (scores.outside_psnr, scores.outside_perceptual) == (99, 0)


@pytest.mark.parametrize(
    ("request_part", "box", "code"),
    [
        ({"operation": "remove"}, (400, 0, 480, 80), "edit.image_too_small"),
        ({"operation": "move", "target": "cup"}, (440, 30, 600, 180), "edit.cut_off"),
        (
            {"operation": "remove", "target": "spoon", "thresholds": {"edit.strange": -1}},
            (0, 0, 640, 427),
            "edit.strange",
        ),
    ],
)
def test_a_refusal_names_its_reason(edit, cups: RGB, request_part: dict, box: tuple, code: str) -> None:
    part = np.ascontiguousarray(cups[box[1] : box[3], box[0] : box[2]])
    answer = edit(part, request_part.pop("operation"), **request_part)

    assert code in {reason.code for reason in answer.reasons}


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 200, 3)])
@pytest.mark.parametrize("operation", ["remove", "replace", "add"])
def test_a_photo_of_nothing_is_refused(edit, cups: RGB, operation: str, shape: tuple[int, ...]) -> None:
    answer = edit(np.full(shape, 90, np.uint8), operation, cups)

    assert answer.pair is None
    assert answer.reasons


def test_a_caller_who_left_is_not_worked_for(engine: EditingEngine, cups: RGB) -> None:
    gone = Cancellation()
    gone.cancel()
    work = parse_edit(encode_png(cups), (), '{"operation": "remove", "seed": 1}', ImageLimits())

    (answer,) = engine.run([Ticket(work, gone)])

    assert isinstance(answer, ImgdiffError)
