"""Ink and the glyphs that it forms."""

import numpy as np

from services.captioning.text.ink import find_glyphs, measure_ink
from tests.services.captioning.pages import Page

HERE = (0, 0, 480, 160)


def test_a_plain_page_has_no_ink() -> None:
    ink, strength = measure_ink(np.full((80, 200, 3), 255, np.uint8), (10, 10, 60, 30))
    assert not ink.any()
    assert float(strength.max()) == 0
    assert len(find_glyphs(ink)) == 0


def test_every_letter_is_a_glyph() -> None:
    ink, _ = measure_ink(Page().write("HTLE", (20, 40), size=30).pixels, (20, 40, 100, 70))
    assert len(find_glyphs(ink)) == 4


def test_a_frame_and_an_underline_are_no_glyphs() -> None:
    page = Page().fill((10, 30, 200, 31), (0, 0, 0)).fill((10, 80, 200, 81), (0, 0, 0))
    page.fill((10, 30, 11, 81), (0, 0, 0)).fill((199, 30, 200, 81), (0, 0, 0)).fill((20, 72, 120, 73), (0, 0, 0))
    ink, _ = measure_ink(page.write("HTLE", (20, 40), size=24).pixels, (20, 40, 100, 70))
    assert len(find_glyphs(ink)) == 4


def test_text_on_a_small_fill_stands_out_from_the_fill() -> None:
    page = Page().fill((40, 40, 66, 58), (200, 30, 30)).write("7", (49, 42), size=14, colour=(255, 255, 255))
    ink, _ = measure_ink(page.pixels, (48, 44, 58, 55))
    inside = ink[43:56, 44:62]
    assert 0 < inside.mean() < 0.5


def test_a_pattern_of_many_parts_is_no_text() -> None:
    """Parts are compared two by two: 60,000 bars would take minutes."""
    bars = np.zeros((2400, 1600), bool)
    bars[:, ::4] = True
    bars[::16] = False

    assert len(find_glyphs(bars)) == 0
