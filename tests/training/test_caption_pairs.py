"""Caption pairs have an exact truth, and a seed gives the same pairs."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from skimage import data

from imgdiff.images import RGB
from imgdiff.records import Change
from services.imaging.masks import bounds
from training.caption_pairs import KINDS, CaptionPair, make_pairs
from training.coco_photos import Instance, Photo

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
    return list(make_pairs(shown, KINDS, seed=3))


def _of(pairs: Sequence[CaptionPair], kind: str) -> list[CaptionPair]:
    return [pair for pair in pairs if pair.kind == kind]


def test_every_kind_is_made(pairs: list[CaptionPair]) -> None:
    assert {pair.kind for pair in pairs} == set(KINDS)


def test_a_seed_makes_the_same_pairs(shown: list[Photo], pairs: list[CaptionPair]) -> None:
    for one, two in zip(pairs, make_pairs(shown, KINDS, seed=3), strict=True):
        assert np.array_equal(one.image2, two.image2)
        assert one.name == two.name


def test_boxes_are_tight_and_inside(pairs: list[CaptionPair]) -> None:
    for pair in pairs:
        height, width = pair.image1.shape[:2]
        for truth in pair.truths:
            assert truth.mask is not None
            assert truth.box == bounds(truth.mask)
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
    back = pair.reversed()

    assert back.image1 is pair.image2
    assert back.image2 is pair.image1
    assert (back.kind, back.truths[0].change) == ("removed", Change.REMOVED)
    assert (back.truths[0].label1, back.truths[0].label2) == (pair.truths[0].label2, None)
    assert back.reversed().truths == pair.truths


def test_what_is_replaced_has_two_names_and_what_moved_two_places(pairs: list[CaptionPair]) -> None:
    for pair in _of(pairs, "replaced"):
        assert pair.truths[0].label1 != pair.truths[0].label2
    for pair in _of(pairs, "moved"):
        left, came = pair.truths
        assert (left.moved_to, came.moved_from) == (came.box, left.box)
        assert left.label1 == came.label2
