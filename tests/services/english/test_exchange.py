"""Which nouns an edit exchanged: whole compounds, one noun for plurals and synonyms, none that both captions name."""

import pytest

from services.english.exchange import NO_NOUNS, ExchangedNouns, compare_nouns, exchange


@pytest.mark.parametrize(
    ("caption1", "caption2", "gone", "new"),
    [
        ("A plane in the sky flying alone.", "A boat in the ocean sailing alone.", ("plane", "sky"), ("boat", "ocean")),
        ("A wine glass on the table", "Two vases on the tables", ("wine glass",), ("vase",)),
        ("A hot dog on a plate", "A dog on a plate", ("hot dog",), ("dog",)),
        ("A man walks two dogs", "A woman walks a dog", ("man",), ("woman",)),
        ("a golden retriever in the park", "a black swan in the park", ("golden retriever",), ("black swan",)),
        ("A dog and a cat", "A cat", ("dog",), ()),
        ("A beach", "A beach with a kite", (), ("kite",)),
    ],
)
def test_nouns_that_only_one_caption_names(
    caption1: str, caption2: str, gone: tuple[str, ...], new: tuple[str, ...]
) -> None:
    assert compare_nouns(caption1, caption2) == ExchangedNouns(gone, new)


@pytest.mark.parametrize(
    ("caption1", "caption2"),
    [
        ("A plane over a house", "An airplane over a house"),
        ("Two dogs on a sofa", "A dog on a sofa"),
        ("A red cup", "A blue cup"),
        ("The boat", "The ship"),
        ("A puppy", "A dog"),
        ("Flying high", "Sailing far"),
        ("A cup", None),
        (None, "A cup"),
        ("", "42!"),
    ],
)
def test_captions_of_the_same_things_exchange_nothing(caption1: str | None, caption2: str | None) -> None:
    assert not compare_nouns(caption1, caption2)


@pytest.mark.parametrize(
    ("nouns", "captions", "expected"),
    [
        (("cup", "vase"), ("a cup on a table", "a vase on a table"), ExchangedNouns(("cup",), ("vase",))),
        (("Wine glasses", "kite"), (None, None), ExchangedNouns(("wine glass",), ("kite",))),
        ((None, "kite"), ("a beach", "a beach with a kite"), ExchangedNouns((), ("kite",))),
        (("person", None), ("a person on a beach", "a beach"), ExchangedNouns(("person",), ())),
        (("cup", "red cup"), ("a cup", "a red cup"), NO_NOUNS),
        (("dog", "cat"), ("a dog and a cat", "a cat and a cat"), NO_NOUNS),
        (("dog", "cat"), ("a dog and a dog", "a cat and a dog"), NO_NOUNS),
        ((None, None), ("a cup", "a vase"), NO_NOUNS),
    ],
)
def test_an_edits_nouns_count_unless_one_of_them_is_in_both_captions(
    nouns: tuple[str | None, str | None], captions: tuple[str | None, str | None], expected: ExchangedNouns
) -> None:
    assert exchange(*nouns, *captions) == expected
