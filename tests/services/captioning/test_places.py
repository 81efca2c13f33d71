"""What pixels alone prove of one region."""

import numpy as np
import pytest

from imgdiff.images import RGB
from services.captioning.colours import TERMS, colour_of
from services.captioning.findings import change_of
from services.embedded.places import place_of, recoloured, thing_over_ground

CUP = (150, 10, 430, 320)
SECOND_CUP = (440, 6, 596, 150)


def test_the_image_with_the_thing_is_told_from_the_one_with_the_ground(before: RGB, after: RGB) -> None:
    came = thing_over_ground(place_of(before, after, SECOND_CUP, None))
    went = thing_over_ground(place_of(after, before, SECOND_CUP, None))

    assert came < -0.4
    assert went == pytest.approx(-came)


def test_equal_places_lean_to_neither(before: RGB) -> None:
    assert thing_over_ground(place_of(before, before, CUP, None)) == 0


def test_only_a_change_of_colour_with_the_structure_kept_is_a_recolouring(before: RGB, after: RGB) -> None:
    turned = before.copy()
    x1, y1, x2, y2 = CUP
    turned[y1:y2, x1:x2] = before[y1:y2, x1:x2, ::-1]
    brighter = np.clip(before.astype(int) + 20, 0, 255).astype(np.uint8)

    assert recoloured(place_of(before, turned, CUP, None))
    assert not recoloured(place_of(before, brighter, CUP, None))
    assert not recoloured(place_of(before, after, SECOND_CUP, None))


@pytest.mark.parametrize(
    ("rgb", "term"),
    [
        ((210, 25, 25), "red"), ((20, 40, 160), "blue"), ((30, 120, 40), "green"), ((250, 250, 250), "white"),
        ((10, 10, 12), "black"), ((120, 120, 120), "grey"), ((245, 220, 60), "yellow"), ((110, 70, 40), "brown"),
    ],
)  # fmt: skip
def test_plain_colours_have_their_basic_term(rgb: tuple[int, int, int], term: str) -> None:
    image = np.full((8, 8, 3), rgb, np.uint8)

    assert colour_of(image, np.ones((8, 8), bool)) == term


def test_many_colours_have_no_name() -> None:
    image = np.random.default_rng(1).integers(0, 256, (40, 40, 3), dtype=np.uint8)

    assert colour_of(image, np.ones((40, 40), bool)) is None
    assert colour_of(image, np.zeros((40, 40), bool)) is None
    assert len(TERMS) == 11


def test_nouns_and_pixels_decide_the_kind_of_change_together() -> None:
    assert change_of("dog", "cat", 0.0) == "replaced"
    assert change_of("dog", "dog", 0.9) == "changed"
    assert change_of("dog", None, 0.0) == "removed"
    assert change_of(None, "dog", 0.0) == "added"
    assert change_of(None, None, 0.5) == "removed"
    assert change_of(None, None, -0.5) == "added"
    assert change_of(None, None, 0.1) == "changed"
