"""Objects are painted in a colour and keep their shading."""

import numpy as np
import pytest

from imgdiff.images import RGB
from services.editing.compositing.colours import PAINTS, distance_to_colour, recolour
from services.english.colours import BASIC


@pytest.mark.parametrize("colour", BASIC)
def test_paint_brings_the_colour_and_keeps_the_shading(stripes: RGB, hole: np.ndarray, colour: str) -> None:
    image = stripes // 2 + 40

    after = recolour(image, hole, colour)

    assert np.array_equal(after[~hole], image[~hole])
    assert distance_to_colour(after, hole, colour) < distance_to_colour(image, hole, colour) + 1
    if colour not in {"black", "white"}:
        light, dark = after[45, 60].astype(int).sum(), after[45, 52].astype(int).sum()
        assert light != dark


def test_paint_changes_the_main_colour_and_leaves_labels_and_wheels(hole: np.ndarray) -> None:
    image = np.full((96, 120, 3), 200, np.uint8)
    image[hole] = (210, 140, 30)
    image[50:60, 46:56] = (20, 20, 20)

    after = recolour(image, hole, "green")

    assert (after[52:58, 48:54] == 20).all()
    red, green, _ = after[38, 60].astype(int)
    assert green > red + 60


def test_what_has_many_colours_is_painted_all_over() -> None:
    image = np.full((90, 90, 3), 200, np.uint8)
    for number, colour in enumerate([(200, 30, 30), (30, 60, 200), (30, 30, 30), (240, 240, 60), (240, 240, 240)]):
        image[10:80, 10 + 14 * number : 24 + 14 * number] = colour
    mask = np.zeros((90, 90), np.bool_)
    mask[10:80, 10:80] = True

    after = recolour(image, mask, "green")

    reds, greens = after[20:70, 14:34:14].astype(int)[..., 0], after[20:70, 14:34:14].astype(int)[..., 1]
    assert (greens > reds).all()


def test_every_basic_term_has_a_paint() -> None:
    assert PAINTS.keys() == set(BASIC)
