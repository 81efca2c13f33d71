"""Areas and overlaps of half-open boxes."""

import pytest

from imgdiff.boxes import area, intersection, iou, shift
from imgdiff.records import Box


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
