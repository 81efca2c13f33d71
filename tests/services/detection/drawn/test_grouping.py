"""Which changed pixels are one region."""

import numpy as np

from services.detection.drawn.grouping import group_pixels
from services.imaging.arrays import Flags


def test_a_gap_joins_across_a_line_and_not_down_to_the_next() -> None:
    changed = np.zeros((100, 200), bool)
    changed[10:20, 10:20] = changed[10:20, 32:40] = changed[32:40, 10:20] = True

    assert _boxes(changed) == [(10, 10, 40, 20), (10, 32, 20, 40)]


def test_gaps_grow_with_a_page_that_is_larger_than_a_screen() -> None:
    changed = np.zeros((100, 3840), bool)
    changed[10:20, 10:20] = changed[10:20, 45:55] = True

    assert _boxes(changed) == [(10, 10, 55, 20)]


def test_many_small_changes_all_over_a_page_do_not_become_one() -> None:
    changed = np.zeros((300, 300), bool)
    for y in range(10, 290, 10):
        for x in range(10, 290, 16):
            changed[y : y + 3, x : x + 3] = True

    assert len(_boxes(changed)) == 28 * 18


def test_only_sure_pixels_add_to_what_is_sure() -> None:
    changed = np.ones((4, 4), bool)
    sure = np.eye(4, dtype=bool)
    (group,) = group_pixels(changed, sure, np.full((4, 4), 50, np.uint8))

    assert (group.pixels, group.mass, group.sure) == (16, 800.0, 200.0)


def _boxes(changed: Flags) -> list[tuple[int, int, int, int]]:
    return [group.box for group in group_pixels(changed, changed, changed.astype(np.uint8))]
