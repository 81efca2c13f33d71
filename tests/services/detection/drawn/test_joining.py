"""Which boxes are one change."""

import numpy as np

from services.detection.drawn.joining import find_parts


def test_what_lies_inside_a_closed_outline_belongs_to_it() -> None:
    changed = np.zeros((200, 300), bool)
    changed[40:120, 40:160] = True
    changed[43:117, 43:157] = False
    changed[60:70, 60:100] = True

    assert find_parts([(60, 60, 100, 70), (40, 40, 160, 120)], changed) == [[1, 0]]


def test_what_lies_beside_an_open_line_stays_apart() -> None:
    changed = np.zeros((200, 300), bool)
    changed[40:120, 40:43] = changed[117:120, 40:160] = True
    changed[60:70, 60:100] = True

    assert len(find_parts([(60, 60, 100, 70), (40, 40, 160, 120)], changed)) == 2


def test_the_dashes_of_a_line_are_one_and_a_column_of_numbers_is_many() -> None:
    dashes = [(50, 20 * row, 53, 20 * row + 10) for row in range(6)]
    numbers = [(80, 30 * row, 110, 30 * row + 10) for row in range(6)]
    parts = find_parts([*dashes, *numbers], np.zeros((300, 300), bool))

    assert sorted(len(part) for part in parts) == [1, 1, 1, 1, 1, 1, 6]
    assert sorted(max(parts, key=len)) == [0, 1, 2, 3, 4, 5]
