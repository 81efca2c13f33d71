"""RGB and CIE Lab."""

import numpy as np
import pytest

from services.imaging.colours import count_colours, to_lab, to_rgb


def test_every_colour_survives_the_way_to_lab_and_back() -> None:
    levels = np.random.default_rng(1).integers(0, 256, (20, 20, 3)).astype(np.uint8)
    assert np.abs(to_rgb(to_lab(levels)).astype(int) - levels).max() <= 1


def test_white_is_the_lightest_and_has_no_chroma() -> None:
    assert to_lab(np.full((1, 1, 3), 255, np.uint8))[0, 0].tolist() == pytest.approx([100, 0, 0], abs=0.1)


def test_colours_are_counted_in_ascending_order() -> None:
    pixels = np.random.default_rng(2).integers(0, 3, (500, 3)).astype(np.uint8) * 127
    colours, counts = np.unique(pixels, axis=0, return_counts=True)

    found = count_colours(pixels)

    assert found[0].tolist() == colours.tolist()
    assert found[1].tolist() == counts.tolist()
