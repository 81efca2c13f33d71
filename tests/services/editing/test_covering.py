"""Holes are covered with what surrounds them: the cut, the light, the whole; no network."""

import numpy as np

from imgdiff.images import RGB
from services.editing.removal.alpha_expansion import NEVER, labelled
from services.editing.removal.blending import correction
from services.editing.removal.shift_map_inpainting import composed
from services.editing.removal.shifts import candidates
from services.imaging.colours import to_lab

NOTHING = np.zeros((96, 120), np.bool_)


def test_shifts_that_continue_a_pattern_come_first(stripes: RGB, hole: np.ndarray) -> None:
    found = candidates(to_lab(stripes), hole, hole)

    assert found
    assert found[0][0] % 16 == 0
    assert len(found) == len(set(found))


def test_each_pixel_takes_what_it_can_and_the_cut_goes_where_it_shows_least() -> None:
    region = np.ones((4, 12), np.bool_)
    data = np.zeros((2, 4, 12), np.float32)
    data[1, :, 0], data[0, :, -1] = NEVER, NEVER
    looks = np.full((2, 4, 12, 1), 5.0, np.float32)
    looks[1] = 9.0
    looks[:, :, 6:8] = 7.0  # only here do both look alike

    labels, cost = labelled(data, looks, region)

    assert (labels[:, :6] == 0).all()
    assert (labels[:, 8:] == 1).all()
    assert cost == 0


def test_light_is_bent_to_the_rim_and_structure_stays() -> None:
    region = np.zeros((20, 20), np.bool_)
    region[4:16, 4:16] = True
    texture = np.tile(np.array([[0.0, 10.0], [10.0, 0.0]], np.float32), (10, 10))[..., None].repeat(3, axis=2)

    step = correction(texture + 30, texture, np.zeros((20, 20), np.int64), region, ~region)

    assert np.allclose(step[region], 30, atol=0.5)
    assert not step[~region].any()


def test_a_hole_in_a_pattern_is_covered_by_the_pattern(stripes: RGB, hole: np.ndarray) -> None:
    broken = stripes.copy()
    broken[hole] = (200, 0, 0)

    covered = composed(broken, hole, NOTHING)

    assert covered is not None
    assert np.abs(covered.astype(int) - stripes).max() <= 3


def test_what_lies_outside_a_hole_is_not_touched_and_the_same_comes_again(hole: np.ndarray) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (96, 120, 3)).astype(np.uint8)

    first, again = (composed(noise, hole, NOTHING) for _ in range(2))

    assert first is not None
    assert again is not None
    assert np.array_equal(first[~hole], noise[~hole])
    assert np.array_equal(first, again)


def test_other_objects_are_not_copied_where_there_is_anything_else(stripes: RGB, hole: np.ndarray) -> None:
    red = stripes.copy()
    avoid = NOTHING.copy()
    avoid[:, 90:] = True
    red[avoid] = (255, 0, 0)

    covered = composed(red, hole, avoid)

    assert covered is not None
    assert (np.ptp(covered[hole].astype(int), axis=1) < 60).all()


def test_nothing_covers_a_hole_without_surroundings(stripes: RGB) -> None:
    assert composed(stripes, ~NOTHING, NOTHING) is None


def test_a_large_photo_is_covered_from_a_small_view(stripes: RGB, hole: np.ndarray) -> None:
    large, gap = stripes.repeat(10, axis=0).repeat(10, axis=1), hole.repeat(10, axis=0).repeat(10, axis=1)

    covered = composed(large, gap, np.zeros_like(gap))

    assert covered is not None
    assert np.array_equal(covered[~gap], large[~gap])
    assert np.abs(covered.astype(int) - large)[gap].mean() < 12
