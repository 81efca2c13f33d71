"""What pixels alone prove of one region."""

import numpy as np
import pytest

from imgdiff.images import RGB
from services.imaging.figure_ground import place_of, recoloured, thing_over_ground

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
