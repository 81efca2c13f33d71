"""Noun phrases of captions: whole names, verbs that look like plurals, and what is no part of a thing."""

import pytest

from services.english.phrases import find_phrases
from services.english.tokens import split_sentences


def _nouns(text: str, *things: str) -> list[tuple[str, bool]]:
    (tokens,) = split_sentences(text)
    return [(one.noun, one.plural) for one in find_phrases(text, tokens, things=frozenset(things))]


@pytest.mark.parametrize(
    ("text", "nouns"),
    [
        ("A helicopter flies above the city.", [("helicopter", False), ("city", False)]),
        ("A snowboarder jumps over a snow bank.", [("snowboarder", False), ("snow bank", False)]),
        ("A train traveling down tracks.", [("train", False), ("track", True)]),
        ("A brick building in a town.", [("building", False), ("town", False)]),
        ("A sandwich cut in half.", [("sandwich", False)]),
        ("Four cows and three men.", [("cow", True), ("man", True)]),
        ("Two fire hydrants, a fire hydrant.", [("fire hydrant", True), ("fire hydrant", False)]),
        ("A few dogs eat hot dogs.", [("dog", True), ("hot dog", True)]),
        ("A crow perched on a wire.", [("crow", False), ("wire", False)]),
        ("A ferry crossing a bay, a railway crossing.", [("ferry", False), ("bay", False), ("crossing", False)]),
        ("Three clocks, two vases, five geese.", [("clock", True), ("vase", True), ("goose", True)]),
        ("A donkey nearby.", [("donkey", False)]),
    ],
)
def test_things_are_found_by_their_whole_names(text: str, nouns: list[tuple[str, bool]]) -> None:
    assert _nouns(text) == nouns


def test_a_box_is_a_thing_only_where_the_text_is_not_about_pictures() -> None:
    assert _nouns("Five donuts in a box.") == [("donut", True)]
    assert _nouns("Five donuts in a box.", "box") == [("donut", True), ("box", False)]
