"""Words of drawn lines."""

import numpy as np
import pytest

from services.captioning.text.lines import find_lines
from tests.services.captioning.pages import Page


@pytest.mark.parametrize("size", [11, 14, 20, 28])
def test_gaps_between_words_may_be_spaces(size: int) -> None:
    page = Page((640, 120)).write("Total amount due: 12,500 on Monday", (12, 40), size=size)
    (line,) = find_lines(page.pixels, (12, 42, 400, 40 + size))
    widest = sorted(line.gaps, key=lambda gap: gap.width)[-5:]
    assert all(gap.possible for gap in widest)


def test_gaps_between_spaced_letters_are_no_spaces() -> None:
    page = Page()
    for at, letter in enumerate("STATUS"):
        page.write(letter, (20 + 20 * at, 50), size=16)
    (line,) = find_lines(page.pixels, (22, 52, 60, 66))
    assert len(line.gaps) == 5
    assert not any(gap.likely or gap.sure for gap in line.gaps)


def test_two_lines_that_touch_stay_two() -> None:
    page = Page((400, 120)).write("pygmy jumping", (20, 40), size=20).write("little tilde", (20, 60), size=20)
    lines = find_lines(page.pixels, (20, 40, 160, 80))
    assert len(lines) == 2
    assert all(line.box[3] - line.box[1] < 30 for line in lines)


def test_light_text_on_a_dark_ground_is_found() -> None:
    page = Page(ground=(20, 24, 30)).write("Save changes", (20, 50), colour=(230, 230, 230))
    (line,) = find_lines(page.pixels, (22, 52, 60, 66))
    assert line.box[0] == pytest.approx(20, abs=2)
    assert line.box[2] == pytest.approx(120, abs=3)


def test_only_lines_that_reach_into_the_box_are_found() -> None:
    page = Page().write("first line", (20, 20)).write("second line", (20, 60)).write("third line", (20, 100))
    (line,) = find_lines(page.pixels, (20, 62, 60, 74))
    assert 55 < line.box[1] < 75


def test_a_plain_page_has_no_lines() -> None:
    assert find_lines(np.full((80, 200, 3), 255, np.uint8), (10, 10, 60, 40)) == []
