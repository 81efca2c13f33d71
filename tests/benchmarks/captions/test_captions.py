"""Made pairs have an exact truth, and the judge knows a right word from a wrong one."""

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco
from skimage import data

from benchmarks.captions.engines import Told
from benchmarks.captions.pairs import KINDS, CaptionPair, Truth, made, reversed_pair
from benchmarks.captions.real_pairs import Real, _parking
from benchmarks.captions.scores import Judged, judged, nouns_in, wilson
from benchmarks.captions.tables import changes, names
from benchmarks.coco_photos import Instance, Photo, photos, tight_box
from imgdiff.evidence import Check, Outcome
from imgdiff.images import RGB
from imgdiff.records import Change
from imgdiff.stages import CaptionedRegion

LABELS = {"astronaut": "person", "chelsea": "cat", "coffee": "cup"}


def _ellipse(image: RGB) -> np.ndarray:
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.ellipse(mask, (image.shape[1] // 2, image.shape[0] // 2), (70, 50), 20, 0, 360, 1, -1)
    return mask.astype(bool)


@pytest.fixture(scope="module")
def shown() -> list[Photo]:
    images = {name: np.asarray(getattr(data, name)(), np.uint8) for name in LABELS}
    return [Photo(name, image, (Instance.of(LABELS[name], _ellipse(image)),)) for name, image in images.items()]


@pytest.fixture(scope="module")
def pairs(shown: list[Photo]) -> list[CaptionPair]:
    return list(made(shown, KINDS, seed=3))


def _of(pairs: Sequence[CaptionPair], kind: str) -> list[CaptionPair]:
    return [pair for pair in pairs if pair.kind == kind]


def _said(change: Change, label1: str | None = None, label2: str | None = None, **more: object) -> CaptionedRegion:
    return CaptionedRegion.model_validate(
        {"change": change, "label1": label1, "label2": label2, "caption": "It has changed.", "kept": True, **more}
    )


def _added(said: CaptionedRegion | None, label: str = "dog", around: Sequence[Instance] = ()) -> Judged:
    return judged("added", Truth((10, 10, 60, 60), Change.ADDED, None, label), said, around)


def test_every_kind_is_made(pairs: list[CaptionPair]) -> None:
    assert {pair.kind for pair in pairs} == set(KINDS)


def test_a_seed_makes_the_same_pairs(shown: list[Photo], pairs: list[CaptionPair]) -> None:
    for one, two in zip(pairs, made(shown, KINDS, seed=3), strict=True):
        assert np.array_equal(one.image2, two.image2)
        assert one.name == two.name


def test_boxes_are_tight_and_inside(pairs: list[CaptionPair]) -> None:
    for pair in pairs:
        height, width = pair.image1.shape[:2]
        for truth in pair.truths:
            assert truth.mask is not None
            assert truth.box == tight_box(truth.mask)
            assert truth.box[0] > 0
            assert truth.box[1] > 0
            assert truth.box[2] < width
            assert truth.box[3] < height


def test_the_images_differ_inside_the_masks_and_hardly_outside(pairs: list[CaptionPair]) -> None:
    for pair in pairs:
        changed = np.any([truth.mask for truth in pair.truths], axis=0)
        near = cv2.dilate(changed.astype(np.uint8), np.ones((17, 17), np.uint8)) > 0  # JPEG's blocks
        difference = cv2.absdiff(pair.image1, pair.image2).max(2)
        if pair.kind != "unchanged":
            assert np.abs(difference[changed]).mean() > 3 * difference[~near].mean()


def test_a_reversed_pair_is_the_same_images(pairs: list[CaptionPair]) -> None:
    pair = _of(pairs, "added")[0]
    back = reversed_pair(pair)

    assert back.image1 is pair.image2
    assert back.image2 is pair.image1
    assert (back.kind, back.truths[0].change) == ("removed", Change.REMOVED)
    assert (back.truths[0].label1, back.truths[0].label2) == (pair.truths[0].label2, None)
    assert reversed_pair(back).truths == pair.truths


def test_what_is_replaced_has_two_names_and_what_moved_two_places(pairs: list[CaptionPair]) -> None:
    for pair in _of(pairs, "replaced"):
        assert pair.truths[0].label1 != pair.truths[0].label2
    for pair in _of(pairs, "moved"):
        left, came = pair.truths
        assert (left.moved_to, came.moved_from) == (came.box, left.box)
        assert left.label1 == came.label2


def test_a_folder_in_cocos_format_is_read(tmp_path: Path) -> None:
    image = data.chelsea()
    Image.fromarray(image).save(tmp_path / "cat.png")
    runs = coco.encode(np.asfortranarray(_ellipse(image)).view(np.uint8))
    runs["counts"] = runs["counts"].decode()
    outlines = [[[100.0, 50.0, 180.0, 50.0, 180.0, 130.0, 100.0, 130.0]], runs]
    annotations = [{"image_id": 1, "category_id": 7, "segmentation": outline} for outline in outlines]
    listed = {"categories": [{"id": 7, "name": "cat"}], "images": [{"id": 1, "file_name": "cat.png"}]}
    (tmp_path / "instances.json").write_text(json.dumps({**listed, "annotations": annotations}))

    (photo,) = photos(tmp_path)

    assert [one.label for one in photo.instances] == ["cat", "cat"]
    assert photo.instances[0].box == (100, 50, 180, 130)
    assert photo.instances[1].box == tight_box(_ellipse(image))


def test_scraps_and_things_at_the_border_are_not_cut_out() -> None:
    masks = np.zeros((3, 300, 400), bool)
    masks[0, 100:200, 100:200] = True
    masks[1, 100:130, 100:200] = masks[1, 170:200, 100:200] = True
    masks[2, 100:200, :100] = True
    photo = Photo("made", np.zeros((300, 400, 3), np.uint8), tuple(Instance.of("dog", mask) for mask in masks))

    assert photo.whole_things == photo.instances[:1]


@pytest.mark.parametrize(
    ("true", "said", "right"),
    [("dog", "dog", True), ("dog", "animal", True), ("tv", "television", True), ("couch", "sofa", True),
     ("dog", "cat", False), ("animal", "dog", False), ("car", "truck", False)],
)  # fmt: skip
def test_synonyms_and_hypernyms_are_right(true: str, said: str, right: bool) -> None:
    assert _added(_said(Change.ADDED, None, said), true).named == (right,)


def test_no_noun_is_not_a_wrong_noun() -> None:
    one = _added(_said(Change.ADDED))

    assert (one.named, one.nouns, one.direction) == ((None,), (), True)


def test_a_narrower_noun_is_not_right_but_told_apart_from_an_invented_one() -> None:
    narrower, invented = (
        _added(_said(Change.ADDED, None, "airliner"), "airplane"),
        _added(_said(Change.ADDED, None, "cat")),
    )

    assert (narrower.named, narrower.narrower) == ((False,), ("airliner",))
    assert (invented.named, invented.narrower) == ((False,), ())


def test_a_labelled_region_is_met_once_and_the_rest_is_elsewhere() -> None:
    boxes = [(10, 10, 60, 60), (12, 10, 62, 60), (100, 0, 150, 40)]
    told = [
        Told(box, _said(Change.ADDED, None, noun)) for box, noun in zip(boxes, ("truck", "car", "toilet"), strict=True)
    ]
    real = Real()

    _parking(real, {"source": "lot", "boxes": [list(boxes[0])], "labels": ["car appeared"]}, told)

    assert (real.found, real.kind, real.turned) == ([True], [True], [False])
    assert (real.expected, real.confirmed, real.elsewhere) == ([True], [True], [True, True])


def test_a_direction_turned_round_is_not_one_that_was_not_said() -> None:
    assert _added(_said(Change.REMOVED, "dog")).direction is False
    assert _added(_said(Change.CHANGED, None, "dog")).direction is None


def test_a_noun_for_the_ground_is_true_only_where_it_is_annotated() -> None:
    around = Instance.of("cat", np.pad(np.ones((40, 40), bool), ((15, 45), (15, 45))))
    said = _said(Change.REPLACED, "cat", "dog")

    assert dict(_added(said).nouns) == {"cat": False, "dog": True}
    assert dict(_added(said, around=(around,)).nouns) == {"cat": True, "dog": True}


def test_a_noun_that_only_the_sentence_says_is_judged_too() -> None:
    said = _said(Change.ADDED, None, "dog", caption="A brown dog with an umbrella at the top left has been added.")

    assert dict(_added(said).nouns) == {"dog": True, "umbrella": False}


@pytest.mark.parametrize("more", [{"kept": False}, {"check": Check(outcome=Outcome.DROPPED)}])
def test_what_was_dropped_says_nothing(more: dict[str, object]) -> None:
    one = _added(_said(Change.ADDED, None, "dog", **more))

    assert (one.found, one.said, one.named) == (True, None, (None,))


def test_nothing_said_of_nothing_is_right() -> None:
    nothing = Truth((0, 0, 9, 9), None)

    assert judged("unchanged", nothing, None, ()).change_right
    assert not judged("unchanged", nothing, _said(Change.CHANGED), ()).change_right


def test_one_name_counts_once() -> None:
    painted = Truth((0, 0, 9, 9), Change.RECOLOURED, "dog", "dog")
    left = Truth((0, 0, 9, 9), Change.MOVED, "dog", None, moved_to=(20, 0, 29, 9))
    came = Truth((20, 0, 29, 9), Change.MOVED, None, "dog", moved_from=(0, 0, 9, 9))
    moved = [judged("moved", one, _said(Change.MOVED, one.label1, one.label2), (), given=True) for one in (left, came)]

    assert judged("recoloured", painted, _said(Change.RECOLOURED, "dog", "dog"), ()).named == (True,)
    assert names(moved)[2].split(" | ")[1].endswith(" 1/1")


def test_a_kind_that_was_given_is_not_counted() -> None:
    left = Truth((0, 0, 9, 9), Change.MOVED, "dog", None, moved_to=(20, 0, 29, 9))
    said = _said(Change.MOVED, "dog")

    assert changes([judged("moved", left, said, (), given=True)])[2].split(" | ")[2] == "-"
    assert changes([judged("moved", left, said, ())])[2].split(" | ")[2].endswith(" 1/1")


def test_nouns_are_compounds_first_and_no_places() -> None:
    assert nouns_in("A red wine glass at the top left has been removed.") == ["wine glass"]
    assert nouns_in("Two dogs in the centre have changed.") == ["dogs"]


def test_wilsons_interval() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-3)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-3)
    assert wilson(0, 0) == (0.0, 1.0)
