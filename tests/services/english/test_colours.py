"""Colour words and the basic terms they overlap."""

from services.english.colours import ALSO_NOUNS, BASIC, COLOURS, basic_term, takes_colour, terms_of


def test_basic_terms_have_other_spellings_and_other_colours_are_none() -> None:
    words = ("gray", " Violet ", "red", "crimson", "olive", "mauve", "navy", "")

    assert [basic_term(word) for word in words] == ["grey", "purple", "red", "red", "green", None, None, None]


def test_every_colour_word_overlaps_basic_terms() -> None:
    assert all(terms and terms <= set(BASIC) for terms in COLOURS.values())
    assert [COLOURS[name] for name in BASIC] == [{name} for name in BASIC]
    assert COLOURS.keys() >= ALSO_NOUNS


def test_a_shade_changes_no_term() -> None:
    assert [terms_of(one) for one in ("dark blue", "light blue-grey", "cyan")] == [
        {"blue"},
        {"blue", "grey"},
        {"blue", "green"},
    ]


def test_a_noun_that_is_or_has_a_colour_takes_none() -> None:
    nouns = ("orange", "brown bear", "golden retriever", "cup", "wine glass")

    assert [takes_colour(noun) for noun in nouns] == [False, False, False, True, True]
