"""Matrices between pixel grids, and image2 laid over image1 by one."""

import numpy as np
import pytest

from imgdiff.whole_pair import Lens
from services.imaging.warp import corner_shift, is_in_front, map_pixels, scaling, warp


def test_a_finer_image_is_laid_over_without_aliasing() -> None:
    stripes = np.zeros((800, 800, 3), np.uint8)
    stripes[:, ::2] = 255

    laid, valid = warp(stripes, scaling(4, 4), 200, 200)

    assert valid[5:-5, 5:-5].all()
    assert np.abs(laid[5:-5, 5:-5].astype(int) - 127).max() < 3


def test_the_identity_leaves_every_pixel_as_it_is() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (40, 30, 3)).astype(np.uint8)

    laid, valid = warp(noise, np.eye(3), 30, 40)

    assert np.array_equal(laid, noise)
    assert valid.all()


def test_what_image2_does_not_show_is_invalid_and_continues_its_border() -> None:
    shift = np.array([[1, 0, 10], [0, 1, 0], [0, 0, 1]], np.float64)

    laid, valid = warp(np.full((40, 40, 3), 90, np.uint8), shift, 40, 40)

    assert not valid[:, 30:].any()
    assert valid[:, :27].all()
    assert (laid == 90).all()


def test_an_image_is_laid_straight_through_its_lens() -> None:
    lens = Lens(centre=(49.5, 49.5), radius=70.0, terms=(-0.1, 0.0))
    across = np.broadcast_to(np.arange(100.0), (100, 100))

    columns, rows = map_pixels(np.eye(3), lens, 100, 100)
    laid, valid = warp(np.repeat(across[..., None] * 2, 3, axis=2).astype(np.uint8), np.eye(3), 100, 100, lens)

    assert (columns[49, 49], rows[10, 0]) == pytest.approx((49, 10 + 39.5 * 0.1 * (39.5**2 + 49.5**2) / 4900), abs=0.01)
    assert np.abs(laid[..., 0].astype(float) - 2 * columns).max() < 1.5
    assert valid.all()


def test_what_lies_beyond_a_bent_image_is_invalid() -> None:
    pincushion = Lens(centre=(49.5, 49.5), radius=70.0, terms=(0.1, 0.0))
    _, valid = warp(np.full((100, 100, 3), 90, np.uint8), np.eye(3), 100, 100, pincushion)

    assert not valid[0, 0]
    assert valid[50, 10:90].all()


def test_a_finer_image_is_laid_through_its_lens_in_its_own_pixels() -> None:
    lens = Lens(centre=(199.5, 199.5), radius=280.0, terms=(-0.1, 0.0))
    fine = np.repeat((np.arange(400.0) / 2)[None, :, None], 400, axis=0).repeat(3, axis=2).astype(np.uint8)

    laid, _ = warp(fine, scaling(4, 4), 100, 100, lens)

    columns, _ = map_pixels(scaling(4, 4), lens, 100, 100)
    assert np.abs(laid[..., 0].astype(float) - columns / 2)[:, 2:-2].max() < 1.5


def test_scaling_maps_pixel_centres() -> None:
    assert (scaling(2, 4) @ [0, 0, 1]).tolist() == [0.5, 1.5, 1.0]


def test_a_shift_moves_every_corner_by_its_length() -> None:
    shift = np.array([[1, 0, 3], [0, 1, 4], [0, 0, 1]], np.float64)
    assert corner_shift(np.eye(3), shift, 100, 50) == pytest.approx(5)


@pytest.mark.parametrize(("tilt", "front"), [(0.0, True), (-0.005, True), (-0.02, False), (np.nan, False)])
def test_a_tilt_that_reaches_the_horizon_is_not_in_front(tilt: float, front: bool) -> None:
    assert is_in_front(np.array([[1, 0, 0], [0, 1, 0], [tilt, 0, 1]]), 100, 100) is front
