"""The parts that need no network: words, boxes, colours, holes, places."""

import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.records import Box, Operation
from imgdiff.stages import EditingRequest
from services.editing.compositing.colours import COLOURS, colour_of, distance, painted
from services.editing.compositing.cutouts import cut_out, pasted, scaled
from services.editing.compositing.free_places import beside
from services.editing.operations.captions import captions, shown
from services.editing.operations.edit import Edited
from services.editing.operations.nouns import label_of
from services.editing.photo.boxes import bounds, cut_off, grown, rounded, widened
from services.editing.photo.scene import Scene
from services.imaging.masks import Flags
from services.networks.detector import DetectedObject

LABELS = ("cup", "person", "potted plant", "knife", "sheep", "bus", "couch", "umbrella")


@pytest.mark.parametrize(
    ("noun", "label"),
    [
        ("cup", "cup"), ("a Mug", "cup"), ("the mugs", "cup"), ("men", "person"), ("people", "person"),
        ("houseplant", "potted plant"), ("knives", "knife"), ("sheep", "sheep"), ("buses", "bus"), ("sofas", "couch"),
        ("spaceship", None), ("", None),
    ],
)  # fmt: skip
def test_a_noun_means_a_label(noun: str, label: str | None) -> None:
    assert label_of(noun, LABELS) == label


def test_what_is_shown_is_counted() -> None:
    assert shown(["cup", "person", "cup"]) == "a photo of two cups and a person"
    assert shown([]) is None


def _after(
    operation: str, caption: str, before: str | None, after: str | None, target: str | None = None
) -> str | None:
    request = EditingRequest(operation=Operation(operation), caption=caption, target=target, seed=1)
    first, second = captions(request, ["cup"], Edited(np.zeros((1, 1, 3), np.uint8), before, after))
    assert first == caption
    return second


@pytest.mark.parametrize(
    ("operation", "caption", "before", "after", "second"),
    [
        ("replace", "A cup on a table.", "cup", "umbrella", "An umbrella on a table."),
        ("replace", "the red cup on a table", "cup", "umbrella", "the umbrella on a table"),
        ("replace", "a cup beside a cup", "cup", "umbrella", None),
        ("replace", "two cups on a table", "cup", "umbrella", None),
        ("replace", "a table", "cup", "umbrella", None),
        ("replace", "a cupboard", "cup", "umbrella", None),
        ("remove", "a cup on a table", "cup", None, "a table"),
        ("remove", "a table with a cup and a spoon", "cup", None, "a table with a spoon"),
        ("remove", "two cups on a table", "cup", None, None),
        ("remove", "a cup", "cup", None, None),
        ("remove", "eine Tasse auf dem Tisch", "cup", None, None),
        ("add", "a cup on a table", None, "egg", "a cup on a table, with an egg nearby"),
        ("recolour", "a cup on a table", "cup", "orange cup", "an orange cup on a table"),
        ("recolour", "three cups on a table", "cup", "orange cup", None),
        ("recount", "two cups on a table", None, "cup", "three cups on a table"),
        ("recount", "a cup on a table", None, "cup", "two cups on a table"),
        ("recount", "two cups on a table", "cup", None, "one cup on a table"),
        ("recount", "a cup on a table", "cup", None, None),
        ("recount", "cups on a table", "cup", None, None),
        ("move", "a cup next to a jar", "cup", "cup", None),
    ],
)
def test_a_given_caption_is_edited_where_it_names_the_thing_once_and_nothing_has_to_be_guessed(
    operation: str, caption: str, before: str | None, after: str | None, second: str | None
) -> None:
    assert _after(operation, caption, before, after) == second


def test_the_ordered_noun_is_looked_for_before_the_detectors() -> None:
    assert _after("replace", "a mug and a cup", "cup", "bowl", target="mug") == "a bowl and a cup"


def test_without_a_caption_what_was_found_is_told() -> None:
    request = EditingRequest(operation=Operation.REMOVE, seed=1)
    made = Edited(np.zeros((1, 1, 3), np.uint8), before="cup", after=None)

    assert captions(request, ["cup"], made) == ("a photo of a cup", None)


def test_boxes_stay_inside_and_masks_have_bounds(hole: np.ndarray) -> None:
    assert widened((44, 30, 70, 60), 0.5, 4, hole.shape) == (27, 11, 87, 79)
    assert widened((0, 0, 120, 96), 0.5, 4, hole.shape) == (0, 0, 120, 96)
    assert bounds(hole) == (44, 30, 70, 60)
    assert bounds(grown(hole, 3)) == (41, 27, 73, 63)
    corners = rounded((44, 30, 70, 60), hole.shape)
    assert corners[45, 57]
    assert not corners[30, 44]
    assert not cut_off((44, 30, 70, 60), hole.shape)
    assert cut_off((1, 30, 70, 60), hole.shape)
    assert cut_off((44, 30, 70, 96), hole.shape)


@pytest.mark.parametrize("colour", sorted(COLOURS))
def test_paint_brings_the_colour_and_keeps_the_shading(stripes: RGB, hole: np.ndarray, colour: str) -> None:
    image = stripes // 2 + 40

    after = painted(image, hole, colour)

    assert np.array_equal(after[~hole], image[~hole])
    assert distance(after, hole, colour) < distance(image, hole, colour) + 1
    if colour not in {"black", "white"}:
        light, dark = after[45, 60].astype(int).sum(), after[45, 52].astype(int).sum()
        assert light != dark


def test_paint_changes_the_main_colour_and_leaves_labels_and_wheels(hole: np.ndarray) -> None:
    image = np.full((96, 120, 3), 200, np.uint8)
    image[hole] = (210, 140, 30)
    image[50:60, 46:56] = (20, 20, 20)

    after = painted(image, hole, "green")

    assert (after[52:58, 48:54] == 20).all()
    red, green, _ = after[38, 60].astype(int)
    assert green > red + 60


def test_what_has_many_colours_is_painted_all_over() -> None:
    image = np.full((90, 90, 3), 200, np.uint8)
    for number, colour in enumerate([(200, 30, 30), (30, 60, 200), (30, 30, 30), (240, 240, 60), (240, 240, 240)]):
        image[10:80, 10 + 14 * number : 24 + 14 * number] = colour
    mask = np.zeros((90, 90), np.bool_)
    mask[10:80, 10:80] = True

    after = painted(image, mask, "green")

    reds, greens = after[20:70, 14:34:14].astype(int)[..., 0], after[20:70, 14:34:14].astype(int)[..., 1]
    assert (greens > reds).all()


def test_colours_have_spellings_and_others_are_unknown() -> None:
    assert [colour_of(word) for word in ("gray", " Violet ", "red", "mauve", "")] == [
        "grey", "purple", "red", None, None,
    ]  # fmt: skip


def test_a_cutout_is_pasted_where_it_is_told(stripes: RGB, hole: np.ndarray) -> None:
    photo = np.full((96, 120, 3), 128, np.uint8)
    photo[hole] = (200, 30, 30)

    image, mask = pasted(stripes, scaled(cut_out(photo, hole), 0.5), left=80, top=10)

    left, top, right, bottom = bounds(mask)
    assert 80 <= left < right <= 93
    assert 10 <= top < bottom <= 25
    assert np.array_equal(image[40:], stripes[40:])
    red, green, _ = image[17, 86].astype(int)
    assert red - green > 80


def test_places_are_free_and_on_like_ground() -> None:
    tokens = np.zeros((1, 10, 20, 4), np.float32)
    tokens[..., 0] = 1
    tokens[:, :, 12:] = (0, 1, 0, 0)  # other ground on the right
    taken = [(0, 40, 40, 80)]

    found = beside((40, 30), (45, 40, 75, 80), taken, tokens, (100, 200))

    assert found
    for box in found:
        assert (box[1], box[3], box[2] - box[0]) == (40, 80, 30)
        assert box[0] >= 39
        assert box[2] <= 140
    assert beside((120, 30), (45, 40, 75, 80), taken, tokens, (100, 200)) == []


class _Sight:
    """Sees what it is told to, filling its boxes."""

    def __init__(self, *objects: DetectedObject) -> None:
        self._objects = objects

    def objects(self, image: RGB) -> tuple[DetectedObject, ...]:
        return self._objects

    def mask(self, image: RGB, box: Box) -> Flags:
        return rounded(box, image.shape)


def test_what_lies_along_another_of_its_label_may_be_a_part_of_it() -> None:
    boxes = [
        ("bear", (10, 10, 50, 50)),
        ("bear", (48, 20, 90, 60)),
        ("bear", (100, 10, 140, 50)),
        ("dog", (88, 20, 120, 60)),
    ]
    scene = Scene(
        np.zeros((100, 160, 3), np.uint8),
        _Sight(*(DetectedObject(label, 0.6, box) for label, box in boxes)),
        {"edit.too_large": 0.5, "edit.too_small": 0.001, "edit.joined": 0.1},
    )

    reasons = [scene.unsuitable(number) for number in range(4)]

    assert [reason and reason.code for reason in reasons] == ["edit.joined", "edit.joined", None, None]
    assert reasons[0] is not None
    assert reasons[0].value is not None
    assert 0.1 < reasons[0].value < 0.5
