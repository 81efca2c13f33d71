"""PatchMatch fills a hole with its surroundings, never with pixels to avoid, and always in the same way."""

import numpy as np
import pytest

from imgdiff.images import RGB
from services.editing.limits import MOST_MATCHED_PIXELS
from services.editing.removal.patch_match import inpaint_with_patch_match
from services.imaging.arrays import Flags

RED, GREEN = (200, 40, 40), (40, 200, 40)


@pytest.fixture
def halves() -> tuple[RGB, Flags]:
    """Red on the left, green on the right; the hole is black and in the red."""
    photo = np.full((120, 160, 3), RED, np.uint8)
    photo[:, 80:] = GREEN
    hole = np.zeros((120, 160), np.bool_)
    hole[40:80, 20:60] = True
    photo[hole] = 0
    return photo, hole


def test_the_hole_continues_its_surroundings(halves: tuple[RGB, Flags]) -> None:
    photo, hole = halves
    filled = inpaint_with_patch_match(photo, hole, np.zeros_like(hole))

    assert filled is not None
    assert np.abs(filled[hole].astype(int) - RED).max() < 8
    assert np.array_equal(filled[~hole], photo[~hole])


def test_pixels_to_avoid_are_not_copied(halves: tuple[RGB, Flags]) -> None:
    photo, hole = halves
    avoid = (photo == RED).all(axis=2)
    filled = inpaint_with_patch_match(photo, hole, avoid)

    assert filled is not None
    assert np.abs(filled[hole].astype(int) - GREEN).max() < 8


def test_the_same_hole_is_filled_in_the_same_way(stripes: RGB, hole: Flags) -> None:
    avoid = np.zeros_like(hole)
    first, again = (inpaint_with_patch_match(stripes, hole, avoid) for _ in range(2))

    assert first is not None
    assert again is not None
    assert np.array_equal(first, again)


def test_nothing_is_filled_where_nothing_is_left_to_copy_from(halves: tuple[RGB, Flags]) -> None:
    photo, hole = halves

    assert inpaint_with_patch_match(photo, hole, ~hole) is None


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_what_would_take_too_long_is_left_to_others(share: float) -> None:
    side = int((MOST_MATCHED_PIXELS / (1 + 10 * share)) ** 0.5) + 2
    hole = np.zeros((side, side), np.bool_)
    edge = round(side * (1 - share**0.5) / 2) - 1
    hole[edge:-edge, edge:-edge] = True

    assert inpaint_with_patch_match(np.zeros((side, side, 3), np.uint8), hole, np.zeros_like(hole)) is None
