"""Outlines of new donors: polygons are filled as COCO does, parts are counted without specks."""

import numpy as np
import pytest

from gateway.library.outlines import count_parts, fill_polygons, trace_opaque
from imgdiff.errors import InvalidImage, InvalidRequest
from imgdiff.objects.pixels import decode_mask

SQUARE, TRIANGLE = [5.0, 5.0, 25.0, 5.0, 25.0, 25.0, 5.0, 25.0], [30.0, 30.0, 38.0, 30.0, 34.0, 38.0]


def test_polygons_are_filled_together_and_end_at_the_image() -> None:
    both = decode_mask(fill_polygons([SQUARE, TRIANGLE], 40, 48, "/polygons"))
    beyond = decode_mask(fill_polygons([[30.0, 30.0, 90.0, 30.0, 90.0, 90.0, 30.0, 90.0]], 40, 48, "/polygons"))

    assert both.shape == (48, 40)
    assert both[10:20, 10:20].all()
    assert both[31, 34]
    assert beyond.sum() == 10 * 18


@pytest.mark.parametrize(
    "polygons", [[[0.0, 0.0, 4000.0, 4000.0] * 200], [[float(at), 0.0, at + 1.0, 0.0, at, 1.0] for at in range(1001)]]
)
def test_outlines_longer_than_any_object_has_are_refused_before_they_are_filled(polygons: list[list[float]]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        fill_polygons(polygons, 4000, 4000, "/polygons")

    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/polygons", "polygon.long")]


@pytest.mark.parametrize(
    ("polygons", "pointer"),
    [([], "/polygons"), ([SQUARE, [1.0, 2.0, 3.0]], "/polygons/1"), ([[1.0, 1.0] * 3], "/polygons")],
)
def test_polygons_that_enclose_nothing_are_refused(polygons: list[list[float]], pointer: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        fill_polygons(polygons, 40, 48, "/polygons")

    assert refused.value.errors[0].pointer == pointer


def test_parts_are_counted_without_specks_and_seams() -> None:
    pixels = np.zeros((200, 300), np.bool_)
    pixels[10:100, 10:100] = True
    assert count_parts(trace_opaque(pixels, "/image")) == 1

    pixels[150:152, 5:7] = True  # a speck
    pixels[50, 10:100] = False  # a seam of one pixel
    assert count_parts(trace_opaque(pixels, "/image")) == 1

    pixels[10:100, 150:250] = True
    assert count_parts(trace_opaque(pixels, "/image")) == 2


def test_a_picture_that_is_transparent_everywhere_shows_no_object() -> None:
    with pytest.raises(InvalidImage, match="transparent everywhere"):
        trace_opaque(np.zeros((4, 5), np.bool_), "/image")
