"""Photographed pairs: captures keep the scene, framings are what they are called, houses are at their places."""

import numpy as np
import pytest
from skimage import data

from benchmarks.kinds.photographed import PHOTOGRAPHED, make_photographed
from benchmarks.kinds.truth import MadePair
from imgdiff.records import Change
from imgdiff.whole_pair import PairChangeKind
from training.coco_photos import Instance, Photo

IMAGES = [np.asarray(data.chelsea(), np.uint8)]
_WITHOUT_MASKS = [kind for kind in PHOTOGRAPHED if kind.split(": ")[1] not in {*Change, "unchanged"}]


def _make(kind: str) -> MadePair:
    (pair,) = make_photographed(kind, IMAGES, (), (1, 2), 1)
    return pair


@pytest.mark.parametrize("kind", _WITHOUT_MASKS)
def test_a_seed_gives_one_pair_that_differs(kind: str) -> None:
    one, again = _make(kind), _make(kind)

    assert one.kind == kind
    assert np.array_equal(one.image2, again.image2)
    assert one.image1.dtype == one.image2.dtype == np.uint8
    assert one.image1.shape != one.image2.shape or (one.image1 != one.image2).any()
    assert one.verdicts


def test_framings_are_what_they_are_called() -> None:
    mirrored, turned, cropped, large = (
        _make(f"photo: {name}") for name in ("mirrored", "rotated", "cropped", "scaled 2x")
    )

    assert np.array_equal(mirrored.image2[:, ::-1], mirrored.image1)
    assert np.array_equal(np.rot90(turned.image2, -1), turned.image1)
    assert cropped.pair_changes == {PairChangeKind.CROPPED}
    assert cropped.image2.shape < cropped.image1.shape
    assert large.image2.shape[0] == 2 * large.image1.shape[0]


def test_an_extended_photo_has_its_new_rows_below() -> None:
    pair = _make("photo: extended")
    (known,) = pair.changes

    assert known.box2 is not None
    assert np.array_equal(pair.image2[: known.box2[1]], pair.image1)


def test_new_houses_stand_in_image2_alone() -> None:
    pair = _make("aerial: houses")

    assert len(pair.changes) == 6
    for known in pair.changes:
        x1, y1, x2, y2 = known.box or (0, 0, 1, 1)
        one, two = (image[y1:y2, x1:x2].astype(float).mean((0, 1)) for image in (pair.image1, pair.image2))
        assert np.abs(one - two).max() > 10
    assert not _make("aerial: again").changes


def test_edits_need_photos_with_masks() -> None:
    assert list(make_photographed("photo: added", IMAGES, (), (1, 2), 3)) == []


def _photo(name: str, label: str) -> Photo:
    """A photo with one annotated object in its middle."""
    image = np.asarray(getattr(data, name)(), np.uint8)[:300, :400]
    mask = np.zeros(image.shape[:2], bool)
    mask[100:200, 150:260] = True
    return Photo(name, image, (Instance.of(label, mask),))


@pytest.mark.parametrize("edit", ["added", "removed", "replaced", "recoloured", "moved", "unchanged"])
def test_edits_of_photos_state_what_was_edited(edit: str) -> None:
    photos = [_photo("chelsea", "cat"), _photo("coffee", "cup"), _photo("astronaut", "person")]
    pairs = list(make_photographed(f"photo: {edit}", [], photos, (1, 2), 2))

    assert pairs
    for pair in pairs:
        assert len(pair.changes) == (edit != "unchanged")
        for known in pair.changes:
            assert known.changes >= {Change(edit)}
            assert {known.noun1, known.noun2} <= {"cat", "cup", "person", None}
            assert (known.also_at is not None) == (edit == "moved")
