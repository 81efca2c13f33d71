"""What the words around a thing let take its place."""

import pytest

from services.editing.rewriting.mentions import extract_mentions
from services.editing.rewriting.replacements import list_replacements


def _offered(caption: str, noun: str) -> set[str]:
    things = extract_mentions(caption)
    one = next(thing for thing in things if thing.noun == noun)
    return set(list_replacements(one, [thing.noun for thing in things if thing is not one]))


@pytest.mark.parametrize(
    ("caption", "noun", "some", "none"),
    [
        ("A slice of pizza on a plate.", "pizza", {"cake"}, {"pasta", "hot dog", "taco"}),
        ("A bowl of soup.", "soup", {"rice"}, {"bread"}),
        ("A cup of tea.", "tea", {"coffee"}, {"cup", "bread"}),
        ("A cup of tea.", "cup", {"glass"}, {"chair"}),
        ("A bird sits in a tree.", "tree", {"bush"}, {"banana"}),
        ("A cat is sleeping on a keyboard.", "keyboard", {"telephone"}, {"piano"}),
        ("A man riding a skateboard.", "skateboard", {"scooter"}, {"sled", "surfboard"}),
        ("A vase of flowers.", "flower", {"fern"}, {"tree", "cactus"}),
        ("A kite in the sky.", "kite", {"balloon"}, {"umbrella"}),
        ("A child at a kitchen table.", "kitchen table", {"bench"}, {"dining table", "desk", "table"}),
        ("A statue of a lion.", "statue", {"monument"}, {"house"}),
        ("Two sheep on a hill.", "sheep", {"goat"}, {"lamb"}),
        ("A man talking on a cell phone.", "cell phone", {"walkie-talkie"}, {"laptop"}),
    ],
)
def test_it_is_of_the_same_sort_and_use(caption: str, noun: str, some: set[str], none: set[str]) -> None:
    found = _offered(caption, noun)

    assert some <= found
    assert none.isdisjoint(found)
