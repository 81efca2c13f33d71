"""Words of drawn lines."""

import numpy as np
import pytest

from services.captioning.text.lines import find_lines, measure_ink
from tests.services.captioning.pages import Page


@pytest.mark.parametrize("size", [11, 14, 20, 28])
def test_a_line_falls_into_its_words_at_gaps_and_at_joints_that_are_likely_gaps(size: int) -> None:
    page = Page((640, 120)).write("Total amount due: 12,500 on Monday", (12, 40), size=size)
    (line,) = find_lines(page.pixels, (100, 42, 130, 40 + size))
    assert sum(1 + sum(joint.likely for joint in word.joints) for word in line.words) == 6
    boxes = [word.box for word in line.words]
    assert boxes == sorted(boxes)


def test_light_text_on_a_dark_ground_is_found() -> None:
    page = Page(ground=(20, 24, 30)).write("Save changes", (20, 50), colour=(230, 230, 230))
    (line,) = find_lines(page.pixels, (22, 52, 60, 66))
    assert line.words[0].box[0] == pytest.approx(20, abs=2)
    assert line.words[-1].box[2] == pytest.approx(120, abs=3)


def test_only_lines_that_reach_into_the_box_are_found() -> None:
    page = Page().write("first line", (20, 20)).write("second line", (20, 60)).write("third line", (20, 100))
    (line,) = find_lines(page.pixels, (20, 62, 60, 74))
    assert 55 < line.words[0].box[1] < 75


def test_a_plain_page_has_no_ink_and_no_lines() -> None:
    blank = np.full((80, 200, 3), 255, np.uint8)
    ink, strength = measure_ink(blank, 20)
    assert not ink.any()
    assert float(strength.max()) == 0
    assert find_lines(blank, (10, 10, 60, 40)) == []
