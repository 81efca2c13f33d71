"""Colour terms are those that people would use, and none is said of what has several."""

import numpy as np
import pytest

from imgdiff.records import Change
from services.captioning.observation.colours import (
    TERMS,
    colour_of,
    colour_shares,
    name_colour,
    ruling_colour,
    ruling_ground,
)
from services.english.colours import BASIC, COLOURS, terms_of
from services.imaging.figure_ground import PairCrop

EVERYWHERE = np.ones((8, 8), bool)
# Colours of the web, of design systems and of paint, with the terms that people use for them.
NAMED = """
2563eb blue, f97316 orange, ffa500 orange, 00ffff cyan, 0000ff blue, ec4899 pink, 0d6efd blue, 198754 green,
ffffff white, 000000 black, 808080 grey, c0c0c0 grey, ff0000 red, 800000 red or brown, ffff00 yellow,
808000 green, 00ff00 green, 008000 green, 008080 turquoise, 000080 blue, ff00ff pink, 800080 purple,
a52a2a brown or red, ffc0cb pink, f5f5dc beige or white, ffd700 yellow, 4b0082 purple, ee82ee purple or pink,
40e0d0 turquoise, d2b48c beige, fa8072 pink or orange, dc143c red, ff6347 red or orange, 6b8e23 green,
87ceeb blue, 4682b4 blue, 708090 blue-grey, 2f4f4f turquoise or grey, d2691e orange or brown, 8b4513 brown,
a0522d brown, dda0dd purple, ff1493 pink, c71585 pink or purple, 191970 blue, 1e90ff blue, 228b22 green,
32cd32 green, 9acd32 green, adff2f green or yellow, b22222 red, cd5c5c red or pink, f4a460 orange, bc8f8f pink,
dc3545 red, ffc107 yellow or orange, 28a745 green, 17a2b8 turquoise or blue, 6c757d blue-grey or grey,
343a40 grey or blue-grey, f8f9fa white, 7c3aed purple, ef4444 red, 22c55e green, eab308 yellow,
14b8a6 turquoise, 06b6d4 cyan or blue or turquoise, 64748b blue-grey,
1f2937 black or blue-grey or grey or blue, 6366f1 blue or purple, a855f7 purple, f43f5e red or pink,
84cc16 green, 78716c grey, f59e0b orange or yellow, 10b981 green or turquoise, 0ea5e9 blue,
d946ef pink or purple, 92400e brown, fef3c7 yellow or beige or white, efefef white or grey,
fff0f3 pink or white, dee2e6 grey, 556b2f green, b8860b brown or yellow, 7fffd4 turquoise or cyan,
5f9ea0 turquoise or blue or blue-grey, 6495ed blue, 483d8b purple or blue, 9370db purple, e9967a orange or pink,
ff8c00 orange, ff4500 red or orange, 3cb371 green, 00ced1 turquoise or cyan, add8e6 blue or cyan,
b0c4de blue or blue-grey, 696969 grey, 333333 grey or black, 1a1a1a black, d3d3d3 grey, fffafa white,
faebd7 beige or white, ffe4c4 beige or orange, deb887 beige or orange or brown,
bdb76b yellow or green or beige, 8fbc8f green, 20b2aa turquoise, 00fa9a green or turquoise,
7b68ee purple or blue, 6a5acd purple or blue, 9932cc purple, 8b0000 red, cc5500 orange,
ffbf00 yellow or orange, 800020 red or purple, 36454f blue-grey or grey, f4c430 yellow,
b7410e brown or orange or red, c8102e red, 0047ab blue, 007fff blue, 50c878 green, e0115f pink or red,
cc7722 orange or brown or yellow, 654321 brown, c19a6b brown or beige, 1c1c1e black, 2d2d30 black or grey,
db7093 pink, ff69b4 pink"""


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
    ruling = ruling_colour(_plain(*rgb), EVERYWHERE)

    assert ruling is not None
    assert (ruling[0].rpartition(" ")[2], ruling[1]) == (term, 1.0)
    assert colour_of(_plain(*rgb), EVERYWHERE) == term


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


@pytest.mark.parametrize("named", [one.strip() for one in NAMED.split(",")])
def test_web_and_paint_colours_have_the_names_that_people_use(named: str) -> None:
    code, _, terms = named.partition(" ")

    assert name_colour(np.array(list(bytes.fromhex(code)), np.uint8)).rpartition(" ")[2] in terms.split(" or ")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("000080", "dark blue"),
        ("0000ff", "blue"),
        ("87ceeb", "light blue"),
        ("8b0000", "dark red"),
        ("3f7a9a", "blue-grey"),
        ("343a40", "dark grey"),
    ],
)
def test_a_shade_is_named_where_it_is_plain(code: str, name: str) -> None:
    assert name_colour(np.array(list(bytes.fromhex(code)), np.uint8)) == name


def test_terms_that_overlap_rule_together() -> None:
    image = _plain(112, 128, 144)  # blue-grey
    image[:4] = (128, 128, 128)

    assert ruling_colour(image, EVERYWHERE) is not None
    assert colour_shares(image, EVERYWHERE) == {"blue": 0.25, "grey": 0.75}


def test_every_term_overlaps_basic_ones() -> None:
    assert all(COLOURS[term] <= set(BASIC) for term in TERMS)


def test_the_colour_around_what_was_replaced_is_that_of_its_ground() -> None:
    crops = [np.full((40, 40, 3), colour, np.uint8) for colour in ((0, 160, 60), (200, 30, 30))]
    inside = np.zeros((40, 40), bool)
    inside[10:30, 10:30] = True
    pair = PairCrop(crops[0], crops[1], inside)

    assert [terms_of(ruling_ground(Change.REPLACED, pair, crop) or "") for crop in crops] == [{"green"}, {"red"}]
    assert ruling_ground(Change.RECOLOURED, pair, crops[0]) is None
