"""What a palette leaves unexplained."""

import numpy as np

from services.detection.drawn.difference import measure_difference, measure_unexplained
from services.detection.drawn.palette import Palette, encode, fit_palette
from tests.services.detection.drawn.pages import page, pixels


def test_without_a_palette_the_worst_channel_counts() -> None:
    one, two = np.zeros((1, 2, 3), np.uint8), np.array([[[3, 9, 1], [0, 0, 0]]], np.uint8)
    difference, certain = measure_unexplained(one, two, encode(one), Palette((), is_tone=False))

    assert difference.tolist() == measure_difference(one, two).tolist() == [[9, 0]]
    assert certain.all()


def test_dimming_leaves_nothing_and_another_ground_leaves_blends_of_it_alone() -> None:
    before = pixels(page())
    dimmed, other = (before * 0.6).astype(np.uint8), pixels(page("#b0c4de"))

    for after in (dimmed, other):
        codes = encode(before)
        difference, _ = measure_unexplained(before, after, codes, fit_palette(codes, encode(after)))
        assert difference.max() <= 24
