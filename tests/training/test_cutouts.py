"""Cut-outs are scaled, placed and pasted where they show."""

import numpy as np
import pytest
from skimage import data

from imgdiff.boxes import intersection
from services.imaging.masks import bounds
from training.coco_photos import Instance, Photo
from training.cutouts import Shelf, draw_cutout, paste_any, paste_at_height, paste_cutout, shelf_of

PLACE = np.s_[100:180, 120:220]


def _photo(name: str, label: str) -> Photo:
    image = np.asarray(getattr(data, name)(), np.uint8)
    mask = np.zeros(image.shape[:2], bool)
    mask[PLACE] = True
    return Photo(name, image, (Instance.of(label, mask),))


@pytest.fixture(scope="module")
def photo() -> Photo:
    return _photo("coffee", "cup")


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return shelf_of([_photo("chelsea", "cat"), _photo("astronaut", "person")])


def test_a_shelf_holds_whole_objects_by_label(shelf: Shelf) -> None:
    assert set(shelf) == {"cat", "person"}
    assert draw_cutout(shelf, np.random.default_rng(1), not_label="cat")[0].label == "person"


def test_a_scaled_cutout_is_tight(shelf: Shelf) -> None:
    cutout, foot = draw_cutout(shelf, np.random.default_rng(1))
    half = cutout.scaled(0.5)

    assert bounds(half.mask) == (0, 0, half.mask.shape[1], half.mask.shape[0])
    assert half.mask.shape == (40, 50)
    assert 0 < foot <= 1


def test_only_the_mask_changes_and_its_rim_is_soft(photo: Photo, shelf: Shelf) -> None:
    cutout, _ = draw_cutout(shelf, np.random.default_rng(1))
    pasted = paste_cutout(photo.image, cutout, (10, 20))

    assert pasted.box == (20, 10, 120, 90)
    assert np.array_equal(pasted.image[~pasted.mask], photo.image[~pasted.mask])
    assert 0 < cutout.opacity[0, 50] < cutout.opacity[40, 50] == 1


def test_a_second_place_is_clear_of_the_first(photo: Photo, shelf: Shelf) -> None:
    rng = np.random.default_rng(3)
    found = paste_any(photo, shelf, rng)

    assert found is not None
    cutout, foot, first = found
    second = paste_at_height(photo, cutout.scaled(0.5), foot, rng, away=first.box)
    assert second is not None
    assert intersection(first.box, second.box) == 0


def test_a_cutout_larger_than_the_photo_has_no_place(photo: Photo, shelf: Shelf) -> None:
    cutout, foot = draw_cutout(shelf, np.random.default_rng(1))

    assert paste_at_height(photo, cutout.scaled(8), foot, np.random.default_rng(1)) is None
    assert paste_any(photo, {}, np.random.default_rng(1)) is None
