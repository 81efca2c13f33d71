"""Colour words that are also things."""

import pytest

from services.english.colour_adjectives import is_colour_at
from services.english.tokens import split_sentences


@pytest.mark.parametrize(
    ("text", "colours"),
    [
        ("An orange cup.", ["orange"]),
        ("An orange.", []),
        ("Two oranges and an orange.", []),
        ("The cup turned from orange to gold.", ["orange", "gold"]),
        ("A dark navy coat.", ["navy"]),
        ("A red and orange ball.", ["red", "orange"]),
        ("The car is silver.", ["silver"]),
    ],
)
def test_a_colour_that_is_also_a_thing_is_a_colour_where_an_adjective_can_be(text: str, colours: list[str]) -> None:
    (tokens,) = split_sentences(text)

    assert [token.low for index, token in enumerate(tokens) if is_colour_at(tokens, index)] == colours
