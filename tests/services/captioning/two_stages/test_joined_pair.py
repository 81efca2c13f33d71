"""The joined picture, pixel by pixel."""

import numpy as np
import pytest

from services.captioning.two_stages.joined_pair import crop_marked, join, mark

RED, GREY = (255, 0, 0), 90


def _grey(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), GREY, np.uint8)


@pytest.mark.parametrize(
    ("box", "edge"),
    [
        ((20, 30, 40, 50), (15, 25, 45, 55)),
        ((50, 40, 51, 41), (45, 35, 56, 46)),  # one pixel
        ((0, 0, 10, 10), (0, 0, 15, 15)),
        ((95, 70, 100, 80), (90, 65, 100, 80)),  # at the far corner
        ((0, 0, 100, 80), (0, 0, 100, 80)),
        ((0, 0, 1, 1), (0, 0, 6, 6)),
    ],
)
def test_the_line_is_three_red_pixels_inwards_from_the_box_grown_by_five(box: tuple, edge: tuple) -> None:
    x1, y1, x2, y2 = edge
    expected = _grey(80, 100)
    expected[y1:y2, x1:x2] = RED
    expected[y1 + 3 : y2 - 3, x1 + 3 : x2 - 3] = GREY
    image = _grey(80, 100)
    image.setflags(write=False)

    assert np.array_equal(mark(image, box), expected)
    assert crop_marked(image, box).shape == (y2 - y1, x2 - x1, 3)


def test_an_image_of_one_pixel_is_all_line() -> None:
    assert mark(_grey(1, 1), (0, 0, 1, 1)).tolist() == [[list(RED)]]


def test_the_region_itself_is_not_drawn_over_away_from_the_border() -> None:
    image = np.random.default_rng(1).integers(0, 256, (60, 60, 3), np.uint8)
    x1, y1, x2, y2 = box = (20, 20, 30, 25)

    assert np.array_equal(mark(image, box)[y1:y2, x1:x2], image[y1:y2, x1:x2])


def test_a_black_bar_of_twenty_pixels_parts_left_and_right() -> None:
    canvas = join(_grey(8, 6), _grey(8, 4) + 1)

    assert canvas.shape == (8, 30, 3)
    assert (canvas[:, :6] == GREY).all()
    assert (canvas[:, 6:26] == 0).all()
    assert (canvas[:, 26:] == GREY + 1).all()


@pytest.mark.parametrize(("left", "right"), [(8, 5), (5, 8)])
def test_of_two_heights_the_lower_image_is_filled_up_with_black(left: int, right: int) -> None:
    canvas = join(_grey(left, 3), _grey(right, 2))

    assert canvas.shape == (8, 25, 3)
    assert [int((column == GREY).all(1).sum()) for column in (canvas[:, 0], canvas[:, 24])] == [left, right]
    assert not canvas[min(left, right) :, 24 if right < left else 0].any()
