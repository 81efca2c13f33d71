"""Where the parts of what is pasted together are."""

import pytest

from imgdiff.records import Box
from services.editing.operations.placement import find_parts, take_together
from services.imaging.masks import fill_superellipse
from services.objects.marked_object import MarkedObject
from tests.services.editing.drawn_scene import SHAPE, draw_scene

VASE = (40, 50, 70, 90)


@pytest.mark.parametrize(
    ("mirrored", "parts"), [(False, ((0, 40, 15, 60), (5, 20, 25, 42))), (True, ((10, 40, 25, 60), (0, 20, 20, 42)))]
)
def test_what_is_pasted_together_keeps_its_arrangement(*, mirrored: bool, parts: tuple[Box, Box]) -> None:
    marked = MarkedObject("vase", VASE, fill_superellipse(VASE, SHAPE))
    scene = draw_scene([("potted plant", (50, 10, 90, 54))], marked)
    together = take_together(scene, 0)

    assert together == (0, 1)
    assert find_parts(scene, together, (0, 20, 25, 60), mirrored=mirrored) == parts


def test_an_object_alone_fills_the_box() -> None:
    scene = draw_scene([("cup", VASE)])

    assert find_parts(scene, (0,), (11, 13, 48, 90)) == ((11, 13, 48, 90),)
