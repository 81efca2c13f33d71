"""The noun that a phrase is about."""

import pytest

from services.english.head_nouns import head_noun, subject_noun


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


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("The red cup stands on a wooden table.", "cup"),
        ("A person wearing a red jacket is riding a bicycle.", "person"),
        ("There is a red cup on the table.", "cup"),
        ("An airplane flies through a cloudy sky. Below it is a boat.", "airplane"),
        ("Green grass covers the ground", "grass"),
        ("The left side of a white bus", "bus"),
        ("a black and white photograph of a train", "train"),
        ("Two zebras grazing in a field", "zebra"),
        ("a stop sign with stickers", "stop sign"),
        ("a pair of scissors", "scissors"),
        ("a red cup", "cup"),
        ("cup", "cup"),
        ("an xyzzy on a table", None),
        ("...", None),
        ("", None),
        (None, None),
    ],
)
def test_the_subject_of_a_sentence_or_a_phrase_is_the_first_thing_it_names(text: str | None, noun: str | None) -> None:
    assert subject_noun(text) == noun
