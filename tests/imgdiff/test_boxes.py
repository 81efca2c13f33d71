"""Areas and overlaps of half-open boxes."""

import pytest

from imgdiff.boxes import area, grow, intersection, iou, project, shift
from imgdiff.records import Box
from imgdiff.whole_pair import Matrix


@pytest.mark.parametrize(("box", "pixels"), [((0, 0, 3, 2), 6), ((2, 2, 2, 5), 0), ((5, 0, 1, 9), 0)])
def test_an_inverted_box_has_no_area(box: Box, pixels: int) -> None:
    assert area(box) == pixels


def test_boxes_that_only_touch_do_not_intersect() -> None:
    assert intersection((0, 0, 4, 4), (4, 0, 8, 4)) == 0
    assert iou((0, 0, 4, 4), (4, 0, 8, 4)) == 0.0


def test_iou_is_the_shared_part_of_both() -> None:
    assert iou((0, 0, 4, 4), (0, 0, 4, 4)) == 1.0
    assert iou((0, 0, 4, 4), (2, 0, 6, 4)) == pytest.approx(8 / 24)


def test_a_shift_moves_all_four_sides() -> None:
    assert shift((1, 2, 3, 4), 10, -1) == (11, 1, 13, 3)


@pytest.mark.parametrize(
    ("matrix", "there"),
    [
        (((1, 0, 0), (0, 1, 0), (0, 0, 1)), (10, 20, 30, 40)),
        (((1, 0, 2), (0, 1, -1), (0, 0, 1)), (12, 19, 32, 39)),
        (((2, 0, 0.5), (0, 2, 0.5), (0, 0, 1)), (20, 40, 60, 80)),  # twice as fine
        (((-1, 0, 99), (0, 1, 0), (0, 0, 1)), (70, 20, 90, 40)),  # the mirror image
        (((1, 0, 80), (0, 1, 0), (0, 0, 1)), (90, 20, 100, 40)),  # half of it is outside
        (((1, 0, 90), (0, 1, 0), (0, 0, 1)), None),
        (((1, 0, 0), (0, 1, 0), (-0.05, 0, 1)), None),  # it reaches behind the viewer
    ],
)
def test_a_box_is_carried_to_the_pixels_of_the_other_image(matrix: Matrix, there: Box | None) -> None:
    assert project((10, 20, 30, 40), matrix, 100, 100) == there


def test_a_box_grows_on_every_side_as_far_as_the_image_goes() -> None:
    assert grow((20, 30, 40, 50), 15, 100, 60) == (5, 15, 55, 60)
    assert grow((2, 3, 40, 50), 15, 50, 100) == (0, 0, 50, 65)
