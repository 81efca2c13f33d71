"""Colour terms are those that people would use, and none is said of what has several."""

import numpy as np
import pytest

from services.captioning.observation.colours import colour_of, colour_shares, ruling_colour
from services.english.colours import BASIC

EVERYWHERE = np.ones((8, 8), bool)


def _plain(*rgb: int) -> np.ndarray:
    return np.full((8, 8, 3), rgb, np.uint8)


@pytest.mark.parametrize(
    ("rgb", "term"),
    [
        ((12, 12, 14), "black"),
        ((245, 245, 245), "white"),
        ((128, 128, 128), "grey"),
        ((200, 30, 35), "red"),
        ((220, 40, 30), "red"),
        ((255, 0, 0), "red"),
        ((240, 130, 30), "orange"),
        ((240, 215, 50), "yellow"),
        ((40, 130, 50), "green"),
        ((40, 90, 190), "blue"),
        ((110, 50, 150), "purple"),
        ((240, 150, 180), "pink"),
        ((105, 65, 40), "brown"),
        ((110, 120, 50), "green"),
    ],
)
def test_a_plain_thing_has_the_term_that_people_use(rgb: tuple[int, int, int], term: str) -> None:
    assert ruling_colour(_plain(*rgb), EVERYWHERE) == (term, 1.0)


def test_a_thing_of_two_colours_has_no_one_colour() -> None:
    image = _plain(200, 30, 35)
    image[:, :3] = 245

    assert colour_of(image, EVERYWHERE) is None
    assert colour_shares(image, EVERYWHERE) == {"white": 3 / 8, "red": 5 / 8}


def test_only_what_is_inside_counts() -> None:
    image = _plain(200, 30, 35)
    image[:, :4] = (40, 90, 190)
    inside = np.zeros((8, 8), bool)
    inside[:, :4] = True

    assert colour_of(image, inside) == "blue"
    assert colour_of(image, np.zeros((8, 8), bool)) is None


def test_every_colour_has_one_of_the_eleven_terms() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    shares = colour_shares(noise, np.ones((64, 64), bool))

    assert set(shares) <= set(BASIC)
    assert sum(shares.values()) == pytest.approx(1)
