"""What both images of a pair read at a region."""

import numpy as np
import pytest
from PIL import Image

from services.captioning.text.pair_reader import PairReader
from services.captioning.text.words import RegionText
from services.networks.text_reader import TextReader
from tests.services.captioning.pages import Page, changed_box


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader(1)


def _read(reader: TextReader, page1: Page, page2: Page) -> RegionText | None:
    images = page1.pixels, page2.pixels
    box = changed_box(*images)
    x1, y1, x2, y2 = box
    changed = (images[0] != images[1]).any(axis=2)[y1:y2, x1:x2]
    return PairReader(reader, images).read(box, changed)


def test_a_changed_digit_gives_both_numbers(reader: TextReader) -> None:
    pages = [Page().write(f"Amount due: {amount} EUR", (20, 60)) for amount in ("12,500", "17,500")]
    assert _read(reader, *pages) == RegionText("12,500", "17,500")


def test_words_that_only_shifted_are_not_part_of_the_change(reader: TextReader) -> None:
    pages = [Page().write(f"The {what} is approved", (20, 60), size=20) for what in ("invoice", "purchase order")]
    assert _read(reader, *pages) == RegionText("invoice", "purchase order")


def test_a_text_that_came_has_none_before(reader: TextReader) -> None:
    assert _read(reader, Page(), Page().write("Save", (300, 100))) == RegionText(None, "Save")


def test_the_same_text_in_another_colour_is_the_same(reader: TextReader) -> None:
    read = _read(reader, Page().write("Save", (30, 50)), Page().write("Save", (30, 50), colour=(200, 40, 40)))
    assert read is not None
    assert read.same
    assert read.text1 == "Save"


@pytest.mark.parametrize("symbol", ["+", "x", "O"])
def test_a_symbol_is_no_text(reader: TextReader, symbol: str) -> None:
    assert _read(reader, Page(), Page().write(symbol, (100, 60), size=24)) is None


def test_words_beside_the_change_are_not_what_changed(reader: TextReader) -> None:
    pages = [
        Page().write("Sales", (20, 60)).fill((20, 90, 220, 150), colour) for colour in ((0, 90, 200), (0, 160, 60))
    ]
    images = pages[0].pixels, pages[1].pixels
    changed = (images[0] != images[1]).any(axis=2)[55:155, 15:225]
    assert PairReader(reader, images).read((15, 55, 225, 155), changed) is None


def test_no_more_regions_are_read_than_the_limit_allows(reader: TextReader) -> None:
    page = Page((200, 60)).write("Save", (20, 20)).pixels
    pair = PairReader(reader, (np.full_like(page, 255), page))
    box = (18, 18, 80, 44)
    changed = (page != 255).any(axis=2)[18:44, 18:80]
    answers = [pair.read(box, changed) for _ in range(26)]
    assert answers[0] == RegionText(None, "Save")
    assert answers[-1] is None


def test_too_many_words_are_left_unread(reader: TextReader) -> None:
    page = Page((600, 400))
    for row in range(14):
        page.write("one two three four five six", (10, 10 + 26 * row))
    assert _read(reader, Page((600, 400)), page) is None


def test_a_text_elsewhere_has_moved(reader: TextReader) -> None:
    read = _read(reader, Page().write("Brown", (100, 60)), Page().write("Brown", (100, 72)))
    assert read == RegionText("Brown", "Brown", moved=True)


def test_a_symbol_in_a_line_is_read_with_its_line(reader: TextReader) -> None:
    pages = [Page().write(f"count {symbol} total", (20, 60), size=20) for symbol in ("+", "=")]
    assert _read(reader, *pages) == RegionText("count + total", "count = total")


def test_a_digit_alone_is_read_only_where_it_became_another(reader: TextReader) -> None:
    assert _read(reader, Page().write("3", (60, 60), size=20), Page().write("7", (60, 60), size=20)) == RegionText(
        "3", "7"
    )
    assert _read(reader, Page(), Page().write("7", (60, 60), size=20)) is None


def test_texts_that_differ_in_spaces_alone_are_the_same() -> None:
    merged = RegionText("Folder storage", "Folderstorage").share_spaces()

    assert merged == RegionText("Folder storage", "Folder storage")
    assert merged.same
    assert RegionText("12,500", "17,500").share_spaces() == RegionText("12,500", "17,500")
    assert RegionText(None, "Save").share_spaces() == RegionText(None, "Save")


def test_a_neighbour_that_one_image_shows_apart_is_no_part_of_the_word(reader: TextReader) -> None:
    first = Page().write("March", (20, 60)).write("12,500", (75, 60))
    second = Page().write("March", (20, 60)).write("17,500", (75, 60))
    near = second.pixels.copy()
    near[60:80, 22:72] = second.pixels[60:80, 20:70]  # so near that the gap is no space
    images = first.pixels, near
    box = changed_box(first.pixels, second.pixels)
    changed = (first.pixels != second.pixels).any(axis=2)[box[1] : box[3], box[0] : box[2]]
    assert PairReader(reader, images).read(box, changed) == RegionText("12,500", "17,500")


@pytest.mark.parametrize("text", ["9%", "$5"])
def test_a_short_text_with_a_digit_is_no_symbol(reader: TextReader, text: str) -> None:
    assert _read(reader, Page(), Page().write(text, (60, 60), size=20)) == RegionText(None, text)


def test_a_word_that_came_within_a_line_is_said_alone(reader: TextReader) -> None:
    pages = [Page().write(text, (20, 60), size=18) for text in ("the server value", "the server return value")]
    assert _read(reader, *pages) == RegionText(None, "return", within=True)


@pytest.mark.parametrize(("before", "after"), [("Save!", "Save"), ("success?", "success!"), ("total", "Total")])
def test_marks_and_capitals_are_changes_of_their_word(reader: TextReader, before: str, after: str) -> None:
    pages = [Page().write(f"phone {word}", (20, 60), size=18) for word in (before, after)]
    assert _read(reader, *pages) == RegionText(before, after)


@pytest.mark.parametrize("turns", [1, 3])
def test_a_turned_label_is_read(reader: TextReader, turns: int) -> None:
    pages = [Page((300, 300)).write(f"Revenue {year}", (90, 140), size=18).pixels for year in (2021, 2024)]
    first, second = (np.ascontiguousarray(np.rot90(page, turns)) for page in pages)
    box = changed_box(first, second)
    changed = (first != second).any(axis=2)[box[1] : box[3], box[0] : box[2]]
    assert PairReader(reader, (first, second)).read(box, changed) == RegionText("2021", "2024")


def test_slanted_text_is_not_read(reader: TextReader) -> None:
    slanted = []
    for word in ("Revenue", "Expenses"):
        image = Image.fromarray(Page((300, 300)).write(f"{word} total", (90, 140), size=18).pixels)
        slanted.append(np.asarray(image.rotate(45, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))))
    first, second = slanted
    box = changed_box(first, second)
    changed = (first != second).any(axis=2)[box[1] : box[3], box[0] : box[2]]
    assert PairReader(reader, (first, second)).read(box, changed) is None


def test_an_icon_beside_a_label_is_no_text(reader: TextReader) -> None:
    pages = [Page().write(f"{icon}   Settings", (20, 60), size=18) for icon in ("O", "X")]
    assert _read(reader, *pages) is None


def test_a_number_in_a_frame_is_read(reader: TextReader) -> None:
    pages = []
    for number in ("1,250.00", "1,280.00"):
        page = Page()
        for box in ((50, 50, 200, 51), (50, 84, 200, 85), (50, 50, 51, 85), (199, 50, 200, 85)):
            page.fill(box, (90, 90, 90))
        pages.append(page.write(number, (110, 58)))
    assert _read(reader, *pages) == RegionText("1,250.00", "1,280.00")


def test_strokes_that_look_alike_are_not_said(reader: TextReader) -> None:
    assert _read(reader, *(Page().write(f"Monday {word}", (20, 60)) for word in ("next", "Ill"))) is None
