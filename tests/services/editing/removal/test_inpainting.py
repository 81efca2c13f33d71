"""Holes, what surrounds them, and paint that stays inside."""

import numpy as np
import pytest

from imgdiff.images import RGB
from services.editing.removal.inpainting import Margins, context_box, dilate_hole, paste_hole
from services.imaging.arrays import Flags


@pytest.fixture
def picture() -> RGB:
    return np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)


@pytest.fixture
def hole() -> Flags:
    mask = np.zeros((90, 120), np.bool_)
    mask[30:60, 40:80] = True
    return mask


def test_paint_fades_out_and_touches_nothing_beyond(picture: RGB, hole: Flags) -> None:
    painted = paste_hole(picture, 255 - picture, hole, 4)
    away = np.ones_like(hole)
    away[26:64, 36:84] = False

    assert np.array_equal(painted[hole], 255 - picture[hole])
    assert np.array_equal(painted[away], picture[away])
    rim = painted[28, 60].astype(int)
    assert (np.minimum(picture[28, 60], 255 - picture[28, 60]) <= rim).all()
    assert not np.array_equal(rim, picture[28, 60])
    assert np.array_equal(paste_hole(picture, 255 - picture, hole, 0)[~hole], picture[~hole])


def test_a_hole_is_grown_by_a_share_of_its_size(hole: Flags) -> None:
    grown = dilate_hole(hole, Margins(growth=0.1))

    assert grown[27, 60]
    assert not grown[26, 60]
    assert Margins().pixels(hole) == (2, 1)


@pytest.mark.parametrize(
    "place", [(slice(30, 60), slice(40, 80)), (slice(0, 5), slice(0, 5)), (slice(0, 90), slice(0, 120))]
)
def test_the_context_of_a_hole_contains_it_and_is_inside_the_image(place: tuple[slice, slice]) -> None:
    hole = np.zeros((90, 120), np.bool_)
    hole[place] = True
    left, top, right, bottom = context_box(hole, reach=0.5, least=4)

    assert 0 <= left <= place[1].start < place[1].stop <= right <= 120
    assert 0 <= top <= place[0].start < place[0].stop <= bottom <= 90
    assert (right - left, bottom - top) != (0, 0)
