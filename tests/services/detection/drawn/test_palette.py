"""What became of the colours of a page."""

import numpy as np

from services.detection.drawn.palette import decode, encode, fit_palette
from tests.services.detection.drawn.pages import page, pixels


def test_a_colour_survives_its_number() -> None:
    assert decode(int(encode(np.array([[[1, 2, 3]]], np.uint8))[0, 0])).tolist() == [1, 2, 3]


def test_a_page_that_stays_has_no_changed_palette() -> None:
    codes = encode(pixels(page()))

    assert fit_palette(codes, codes).colours == ()


def test_a_dimmed_page_changed_its_tone_and_another_ground_is_one_colour() -> None:
    before = pixels(page())
    dimmed = (before * 0.5).astype(np.uint8)

    assert fit_palette(encode(before), encode(dimmed)).is_tone
    ground = fit_palette(encode(before), encode(pixels(page("#ffffff"))))
    assert not ground.is_tone
    assert [decode(colour.target).tolist() for colour in ground.colours] == [[255, 255, 255]]
