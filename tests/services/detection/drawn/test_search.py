"""What differs between two renderings, in the places where people see it."""

import numpy as np
from PIL import Image, ImageDraw

from imgdiff.images import RGB
from imgdiff.records import Box
from services.detection.drawn.search import find_drawn
from services.detection.limits import LIKELY
from tests.services.detection.drawn.pages import blank, page, pixels


def test_one_digit_of_an_amount_is_one_small_region() -> None:
    ((x1, y1, x2, y2),) = _regions(page(amount="12,500"), page(amount="17,500"))

    assert 520 <= x1 < x2 <= 540
    assert 116 <= y1 < y2 <= 132


def test_a_button_of_another_colour_is_the_button() -> None:
    assert _regions(page(), page(button="#f97316")) == [(200, 330, 340, 370)]


def test_a_faint_change_of_the_background_is_the_page_and_that_of_a_panel_is_the_panel() -> None:
    (whole,) = _regions(page("#efefef"), page("#ffffff"))
    assert whole == (0, 41, 640, 400)

    left, right = page(), page()
    ImageDraw.Draw(left).rectangle((480, 60, 639, 399), fill="#efefef")
    ImageDraw.Draw(right).rectangle((480, 60, 639, 399), fill="#ffffff")
    assert _regions(left, right) == [(480, 60, 640, 400)]


def test_another_background_does_not_hide_a_button_on_it() -> None:
    found = _regions(page("#f8f9fa"), page("#c0d0e0", button="#f97316"))

    assert sorted(found) == [(0, 41, 640, 400), (200, 330, 340, 370)]


def test_separate_swatches_stay_separate() -> None:
    (before, grey), (after, coloured) = blank(), blank()
    places = [(40 + 120 * column, 40 + 120 * row) for row in range(3) for column in range(5)]
    for number, (x, y) in enumerate(places):
        grey.rectangle((x, y, x + 59, y + 59), fill="#555555")
        coloured.rectangle((x, y, x + 59, y + 59), fill=(15 * number, 200 - 9 * number, 40 + 13 * number))

    assert sorted(_regions(before, after)) == sorted((x, y, x + 60, y + 60) for x, y in places)


def test_a_dialog_over_a_dimmed_page_is_the_dialog() -> None:
    dimmed = Image.fromarray((pixels(page()) * 0.5 + np.array([15, 23, 42]) * 0.5).astype(np.uint8))
    pen = ImageDraw.Draw(dimmed)
    pen.rectangle((220, 130, 419, 259), fill="white")
    pen.text((240, 150), "Delete this order?", fill="black")
    pen.rectangle((240, 210, 319, 239), fill="#dc2626")

    assert _regions(page(), dimmed) == [(220, 130, 420, 260)]
    assert _regions(dimmed, page()) == [(220, 130, 420, 260)], "and it is what was removed"
    (said,) = find_drawn(pixels(dimmed), pixels(page())).changes
    assert said.text == "Image 2 is brighter."


def test_another_theme_of_one_page_is_no_change_of_a_place() -> None:
    light = page()
    table = {(248, 249, 250): (15, 23, 42), (31, 36, 48): (226, 232, 240), (69, 103, 137): (148, 163, 184)}
    table |= {(32, 48, 74): (2, 6, 23), (37, 99, 235): (226, 232, 240)}  # the button takes the colour of text
    dark = pixels(light).copy()
    for old, new in table.items():
        dark[(pixels(light) == old).all(2)] = new

    assert _regions(light, Image.fromarray(dark)) == []
    assert _regions(Image.fromarray(dark), light) == []


def test_a_dot_and_a_line_of_one_pixel_are_changes_and_a_rounding_is_none() -> None:
    white = np.full((100, 200, 3), 255, np.uint8)
    dotted, lined, rounded = white.copy(), white.copy(), white.copy()
    dotted[20, 30] = 0
    lined[50, 20:180] = 128
    rounded[:, ::2] = 251

    assert _found(white, dotted) == [(30, 20, 31, 21)]
    assert _found(white, lined) == [(20, 50, 180, 51)]
    assert _found(white, rounded) == []


def test_lines_of_text_are_separate_regions_and_words_of_one_line_are_one() -> None:
    (before, _), (after, pen) = blank(), blank()
    for line in range(3):
        pen.text((50, 50 + 30 * line), "three words here", fill="black")

    found = sorted(_regions(before, after), key=lambda box: box[1])
    assert len(found) == 3
    assert all(box[2] - box[0] > 70 for box in found)


def _regions(before: Image.Image, after: Image.Image) -> list[Box]:
    return _found(pixels(before), pixels(after))


def _found(before: RGB, after: RGB) -> list[Box]:
    return [proposal.box for proposal in find_drawn(before, after).items if proposal.confidence > LIKELY]
