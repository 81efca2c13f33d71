"""Words in which two readings differ."""

import pytest

from services.captioning.text.difference import find_difference
from services.captioning.text.words import Joint, ReadWord


def _words(text: str) -> tuple[ReadWord, ...]:
    return tuple(ReadWord(word, 1.0, (10 * at, 0, 10 * at + 9, 10)) for at, word in enumerate(text.split()))


@pytest.mark.parametrize(
    ("text1", "text2", "first", "second"),
    [
        ("due 12,500 EUR", "due 17,500 EUR", "12,500", "17,500"),
        ("the order is open", "the order was open", "is", "was"),
        ("the order", "the new order", "", "new"),
        ("call me now", "call me", "now", ""),
        ("Save", "save", "Save", "save"),
        ("success!", "success?", "success!", "success?"),
        ("same words", "same words", "", ""),
        ("folder storage 5", "folderstorage 6", "5", "6"),
        ("due 12 500 EUR", "due 17 500 EUR", "12 500", "17 500"),
        ("due 12 500 EUR", "due 12 700 EUR", "12 500", "12 700"),
    ],
)
def test_words_that_begin_and_end_alike_are_left_out(text1: str, text2: str, first: str, second: str) -> None:
    found = find_difference(_words(text1), _words(text2))
    assert tuple(" ".join(word.text for word in words) for words in found) == (first, second)


def test_a_word_with_a_gap_is_parted_where_the_other_image_has_two() -> None:
    merged = (ReadWord("emailview", 1.0, (0, 0, 90, 10), (Joint(5, 48, 52),)),)
    (first,), (second,) = find_difference(merged, _words("email news"))
    assert (first.text, second.text) == ("view", "news")
    assert first.box == (52, 0, 90, 10)
