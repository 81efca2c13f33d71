"""The noun that a phrase is about."""

import pytest

from services.english.head_nouns import head_noun


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("a red cup", "cup"),
        ("two zebras", "zebra"),
        ("a cup of coffee on a table", "cup"),
        ("a pair of scissors", "scissors"),
        ("a close-up of a brown dog", "dog"),
        ("a dog running", "dog"),
        ("a stop sign with stickers", "street sign"),
        ("a man in a red shirt", "man"),
        ("a dog and a cat", "dog"),
        ("a sliced orange", "orange"),
        ("an xyzzy", None),
        ("nothing", None),
        (None, None),
        ("", None),
        ("the reddish", None),
    ],
)
def test_the_head_noun_of_a_phrase_is_a_known_visible_thing_or_none(text: str | None, noun: str | None) -> None:
    assert head_noun(text) == noun
