"""Holes are filled with their surroundings, without a network."""

import numpy as np

from imgdiff.images import RGB
from services.editing.removal.shift_map_inpainting import inpaint_with_shift_map

NOTHING = np.zeros((96, 120), np.bool_)


def test_a_hole_in_a_pattern_is_covered_by_the_pattern(stripes: RGB, hole: np.ndarray) -> None:
    broken = stripes.copy()
    broken[hole] = (200, 0, 0)

    covered = inpaint_with_shift_map(broken, hole, NOTHING)

    assert covered is not None
    assert np.abs(covered.astype(int) - stripes).max() <= 3


def test_pixels_outside_a_hole_are_untouched_and_the_result_repeats(hole: np.ndarray) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (96, 120, 3)).astype(np.uint8)

    first, again = (inpaint_with_shift_map(noise, hole, NOTHING) for _ in range(2))

    assert first is not None
    assert again is not None
    assert np.array_equal(first[~hole], noise[~hole])
    assert np.array_equal(first, again)


def test_other_objects_are_not_copied_where_there_is_anything_else(stripes: RGB, hole: np.ndarray) -> None:
    red = stripes.copy()
    avoid = NOTHING.copy()
    avoid[:, 90:] = True
    red[avoid] = (255, 0, 0)

    covered = inpaint_with_shift_map(red, hole, avoid)

    assert covered is not None
    assert (np.ptp(covered[hole].astype(int), axis=1) < 60).all()


def test_nothing_covers_a_hole_without_surroundings(stripes: RGB) -> None:
    assert inpaint_with_shift_map(stripes, ~NOTHING, NOTHING) is None


def test_a_large_photo_is_covered_from_a_small_view(stripes: RGB, hole: np.ndarray) -> None:
    large, gap = stripes.repeat(10, axis=0).repeat(10, axis=1), hole.repeat(10, axis=0).repeat(10, axis=1)

    covered = inpaint_with_shift_map(large, gap, np.zeros_like(gap))

    assert covered is not None
    assert np.array_equal(covered[~gap], large[~gap])
    assert np.abs(covered.astype(int) - large)[gap].mean() < 12
