"""What a page shows beyond the other's frame is found where it holds ink, in its own pixels."""

import numpy as np

from imgdiff.images import RGB
from services.detection.whole_pair.beyond import Beyond, find_beyond
from services.detection.whole_pair.frames import Frames

PAGE = (240, 240, 250)


def _page(height: int, width: int) -> RGB:
    page = np.full((height, width, 3), PAGE, np.uint8)
    page[20:40, 20:160] = (30, 60, 90)
    return page


def _frames(image1: RGB, image2: RGB, matrix: np.ndarray) -> Frames:
    return Frames((image1.shape[1], image1.shape[0]), (image2.shape[1], image2.shape[0]), matrix)


def test_a_banner_below_is_found_in_the_image_that_has_it() -> None:
    short, tall = _page(200, 300), _page(260, 300)
    tall[215:245, 10:290] = (200, 30, 30)

    assert find_beyond(short, tall, _frames(short, tall, np.eye(3))) == [Beyond(2, (10, 215, 290, 245), 280 * 30)]
    assert find_beyond(tall, short, _frames(tall, short, np.eye(3))) == [Beyond(1, (10, 215, 290, 245), 280 * 30)]


def test_a_blank_strip_holds_nothing() -> None:
    short, tall = _page(200, 300), _page(260, 300)

    assert find_beyond(short, tall, _frames(short, tall, np.eye(3))) == []


def test_a_page_that_scrolled_lost_its_top_and_gained_a_foot() -> None:
    whole = _page(300, 300)
    whole[270:290, 30:80] = (10, 10, 10)
    one, two = whole[:250], whole[50:]
    scrolled = np.array([[1, 0, 0], [0, 1, -50], [0, 0, 1]], np.float64)

    assert find_beyond(one, two, _frames(one, two, scrolled)) == [
        Beyond(1, (20, 20, 160, 40), 140 * 20),
        Beyond(2, (30, 220, 80, 240), 50 * 20),
    ]


def test_a_turned_page_has_no_strips() -> None:
    page = _page(200, 300)
    turned = np.array([[0, -1, 199], [1, 0, 0], [0, 0, 1]], np.float64)

    assert find_beyond(page, np.ascontiguousarray(np.rot90(page, -1)), _frames(page, page, turned)) == []
