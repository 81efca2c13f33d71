"""Words that are read at a box."""

import pytest

from imgdiff.images import RGB
from imgdiff.records import Box
from services.captioning.text.lines import find_lines
from services.captioning.text.reading import read_words
from services.captioning.text.words import ReadWord
from services.networks.text_reader import TextReader
from tests.services.captioning.pages import Page


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader(1)


def _read(reader: TextReader, image: RGB, box: Box) -> tuple[ReadWord, ...]:
    return read_words(reader, image, find_lines(image, box), box)


@pytest.mark.parametrize("size", [12, 16, 24])
def test_the_whole_word_around_a_changed_digit_is_read(reader: TextReader, size: int) -> None:
    page = Page((640, 120)).write("Total 12,500 EUR", (12, 40), size=size).pixels
    left = 12 + round(size * 2.75)
    (word,) = _read(reader, page, (left + 3, 42, left + size // 2, 40 + size))
    assert word.text == "12,500"
    assert word.score > 0.6


def test_an_empty_box_has_no_words(reader: TextReader) -> None:
    assert _read(reader, Page().pixels, (10, 10, 60, 40)) == ()
