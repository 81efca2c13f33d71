"""Boxes grow, touch and change grids, and never leave their image."""

import numpy as np
import pytest

from imgdiff.records import Box
from services.imaging.boxes import crop, enclose, gap, grow, is_cut_off, rescale, trace

SHAPE = (96, 120, 3)


def test_a_box_grows_by_pixels_and_by_a_share_of_its_size_inside_the_image() -> None:
    assert grow((44, 30, 70, 60), 5, SHAPE) == (39, 25, 75, 65)
    assert grow((44, 30, 70, 60), 4, SHAPE, share=0.5) == (27, 11, 87, 79)
    assert grow((0, 0, 120, 96), 4, SHAPE, share=0.5) == (0, 0, 120, 96)


@pytest.mark.parametrize(
    ("other", "distance"), [((10, 0, 20, 10), 0), ((5, 5, 20, 20), 0), ((13, 0, 20, 10), 3), ((13, 17, 20, 20), 7)]
)
def test_the_gap_is_the_larger_of_both_directions(other: Box, distance: int) -> None:
    assert gap((0, 0, 10, 10), other) == gap(other, (0, 0, 10, 10)) == distance


def test_the_box_around_the_outline_of_a_box_is_that_box_inside_the_image() -> None:
    assert enclose(trace((4, 6, 9, 30)), 100, 50) == (4, 6, 9, 30)
    assert enclose(trace((4, 6, 9, 30)) - (6, 0), 100, 20) == (0, 6, 3, 20)
    assert enclose(trace((4, 6, 9, 30)) - (20, 0), 100, 50) is None


def test_a_box_on_another_grid_is_rounded_outwards_and_never_empty() -> None:
    assert rescale((1, 1, 3, 3), 2.5, 2.5, 100, 100) == (2, 2, 8, 8)
    assert rescale((10, 10, 11, 11), 0.1, 0.1, 10, 10) == (1, 1, 2, 2)
    assert rescale((99, 99, 100, 100), 1.1, 1.1, 100, 100) == (99, 99, 100, 100)


@pytest.mark.parametrize(("box", "cut"), [((44, 30, 70, 60), False), ((1, 30, 70, 60), True), ((44, 30, 70, 96), True)])
def test_a_box_at_a_border_is_cut_off(box: Box, cut: bool) -> None:
    assert is_cut_off(box, SHAPE) is cut


def test_a_crop_shares_the_pixels_of_its_image() -> None:
    image = np.zeros(SHAPE, np.uint8)
    crop(image, (10, 20, 30, 50))[:] = 7
    assert int((image == 7).all(axis=2).sum()) == 20 * 30
