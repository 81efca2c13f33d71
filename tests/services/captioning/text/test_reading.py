"""Words that are read in a line."""

import pytest

from services.captioning.text.lines import find_lines
from services.captioning.text.reading import read_line
from services.captioning.text.words import Line
from services.networks.text_reader import TextReader
from tests.services.captioning.pages import Page


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader(1)


@pytest.mark.parametrize("size", [10, 12, 16, 24])
def test_a_line_is_read_word_by_word(reader: TextReader, size: int) -> None:
    page = Page((640, 120)).write("Total 12,500 EUR", (12, 40), size=size).pixels
    (line,) = find_lines(page, (12, 42, 60, 40 + size))
    words = read_line(reader, page, line)
    assert [word.text for word in words] == ["Total", "12,500", "EUR"]
    assert min(word.score for word in words) > 0.6
    assert [word.box for word in words] == sorted(word.box for word in words)


def test_a_long_line_is_read_in_pieces(reader: TextReader) -> None:
    text = "the quick brown fox jumps over a lazy dog while seven customers await their orders and pay " * 2
    page = Page((1600, 60)).write(text.strip(), (10, 20), size=14).pixels
    (line,) = find_lines(page, (10, 20, 1500, 36))
    assert " ".join(word.text for word in read_line(reader, page, line)) == text.strip()


def test_bare_ground_has_no_words(reader: TextReader) -> None:
    assert read_line(reader, Page().pixels, Line((10, 10, 60, 40))) == ()


@pytest.mark.parametrize("text", ["for --name=3", "Oslo", "10,050.00"])
def test_marks_and_round_characters_are_read_as_they_stand(reader: TextReader, text: str) -> None:
    page = Page().write(text, (20, 40), size=18).pixels
    (line,) = find_lines(page, (20, 40, 60, 60))
    assert " ".join(word.text for word in read_line(reader, page, line)) == text
