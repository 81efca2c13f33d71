"""English colour words: the eleven basic terms (Berlin and Kay, 1969), and others with the basic terms they overlap."""

from services.english.vocabulary import OVERLAPPING_COLOURS, words

BASIC = ("black", "blue", "brown", "green", "grey", "orange", "pink", "purple", "red", "white", "yellow")
_SAME = {"gray": "grey", "violet": "purple"}
COLOURS = {name: words(terms) for name, terms in ({name: name for name in BASIC} | _SAME | OVERLAPPING_COLOURS).items()}
"""For every colour word the basic terms that the same colour may be called."""
ALSO_NOUNS = words("orange gold silver violet tan cream ivory lavender lilac charcoal navy blonde blond burgundy")
"""Colour words that are nouns too: they are colours only where an adjective can be."""
SHADES = words("dark light bright pale deep vivid dull pastel neon")
"""Adjectives that modify a colour word."""


def basic_term(word: str) -> str | None:
    """The one basic term that a word means, as `crimson` does; null for any other word."""
    terms = COLOURS.get(word.strip().lower(), frozenset[str]())
    return min(terms) if len(terms) == 1 else None


def terms_of(colour: str) -> frozenset[str]:
    """The basic terms that a colour may be called, whatever its shade: blue for `dark blue`."""
    return COLOURS[colour.rpartition(" ")[2]]


def takes_colour(noun: str) -> bool:
    """Whether a colour can be said of a noun: not of an `orange`, nor of a `brown bear`, whose name has one."""
    return COLOURS.keys().isdisjoint(noun.lower().replace("-", " ").split())
