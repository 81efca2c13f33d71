"""Matrices between pixel grids, and image2 laid over image1 by one."""

import numpy as np
import pytest

from services.imaging.warp import corner_shift, is_in_front, scaling, warp


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


def test_scaling_maps_pixel_centres() -> None:
    assert (scaling(2, 4) @ [0, 0, 1]).tolist() == [0.5, 1.5, 1.0]


def test_a_shift_moves_every_corner_by_its_length() -> None:
    shift = np.array([[1, 0, 3], [0, 1, 4], [0, 0, 1]], np.float64)
    assert corner_shift(np.eye(3), shift, 100, 50) == pytest.approx(5)


@pytest.mark.parametrize(("tilt", "front"), [(0.0, True), (-0.005, True), (-0.02, False), (np.nan, False)])
def test_a_tilt_that_reaches_the_horizon_is_not_in_front(tilt: float, front: bool) -> None:
    assert is_in_front(np.array([[1, 0, 0], [0, 1, 0], [tilt, 0, 1]]), 100, 100) is front
