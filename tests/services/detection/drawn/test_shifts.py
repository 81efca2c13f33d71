"""Pages on which something came, so that what follows is lower."""

import numpy as np
from PIL import Image, ImageDraw

from imgdiff.records import Change
from services.detection.drawn.search import find_drawn
from services.detection.drawn.shifts import Shifted, find_shift
from tests.services.detection.drawn.pages import page, pixels


def _find(before: Image.Image, after: Image.Image) -> list[Shifted]:
    image1, image2 = pixels(before), pixels(after)
    found, explained = find_shift(image1, image2, (image1 != image2).any(axis=2))
    assert explained.any() == bool(found)
    return found


def _push_down(before: Image.Image, start: int, by: int) -> Image.Image:
    after = before.copy()
    after.paste(before.crop((0, start, 640, 400 - by)), (0, start + by))
    ImageDraw.Draw(after).rectangle((0, start, 639, start + by - 1), fill="#f8f9fa")
    return after


def test_a_banner_and_all_below_it_are_two_changes() -> None:
    after = _push_down(page(), 41, 30)
    ImageDraw.Draw(after).rectangle((0, 41, 639, 70), fill="#d1e7dd")
    moved, came = _find(page(), after)

    assert (moved.change, came.change) == (Change.MOVED, Change.ADDED)
    assert came.box == (0, 41, 640, 71)
    assert moved.moved_to is not None
    assert moved.moved_to[1] - moved.box[1] == 30
    assert [one.change for one in find_drawn(pixels(page()), pixels(after)).items] == [Change.MOVED, Change.ADDED]


def test_a_line_that_went_is_removed_and_the_rest_is_higher() -> None:
    with_line = _push_down(page(), 100, 24)
    ImageDraw.Draw(with_line).text((200, 104), "One line more than before", fill="#1f2430")
    moved, went = _find(with_line, page())

    assert (moved.change, went.change) == (Change.MOVED, Change.REMOVED)
    assert moved.moved_to is not None
    assert moved.moved_to[1] < moved.box[1]


def test_lines_that_changed_places_and_other_words_have_not_shifted() -> None:
    swapped = page()
    upper, lower = page().crop((0, 66, 640, 86)), page().crop((0, 90, 640, 110))
    swapped.paste(lower, (0, 66))
    swapped.paste(upper, (0, 90))

    assert _find(page(), swapped) == []
    assert _find(page(), page(amount="17,500")) == []


def test_equal_pages_have_no_shift() -> None:
    image = pixels(page())
    found, explained = find_shift(image, image, np.zeros(image.shape[:2], bool))

    assert found == []
    assert not explained.any()
