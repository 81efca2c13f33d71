"""English colour words: the eleven basic terms (Berlin and Kay, 1969), and others with the basic terms they overlap."""

from services.english.vocabulary import words

BASIC = ("black", "blue", "brown", "green", "grey", "orange", "pink", "purple", "red", "white", "yellow")
_SAME = {"gray": "grey", "violet": "purple"}
_OVERLAPPING = {
    "aqua": "blue green",
    "beige": "brown white yellow orange grey",
    "blond": "yellow brown orange",
    "blonde": "yellow brown orange",
    "bluish": "blue grey",
    "brownish": "brown orange",
    "burgundy": "red brown purple",
    "charcoal": "black grey",
    "cream": "white yellow",
    "crimson": "red",
    "cyan": "blue green",
    "gold": "yellow orange brown",
    "golden": "yellow orange brown",
    "grayish": "grey white black",
    "greenish": "green yellow",
    "greyish": "grey white black",
    "ivory": "white yellow",
    "khaki": "brown yellow green",
    "lavender": "purple pink",
    "lilac": "purple pink",
    "magenta": "pink purple red",
    "maroon": "red brown",
    "navy": "blue black",
    "pinkish": "pink red",
    "purplish": "purple pink",
    "reddish": "red orange brown pink",
    "scarlet": "red",
    "silver": "grey white",
    "silvery": "grey white",
    "tan": "brown orange yellow",
    "teal": "green blue",
    "turquoise": "blue green",
    "yellowish": "yellow orange",
}
COLOURS = {name: words(terms) for name, terms in ({name: name for name in BASIC} | _SAME | _OVERLAPPING).items()}
"""For every colour word the basic terms that the same colour may be called."""
ALSO_NOUNS = words("orange gold silver violet tan cream ivory lavender lilac charcoal navy blonde blond burgundy")
"""Colour words that are nouns too: they are colours only where an adjective can be."""
SHADES = words("dark light bright pale deep vivid dull pastel neon")
"""Adjectives that modify a colour word."""


def basic_term(word: str) -> str | None:
    """The basic term that a word is or is another spelling of; null for any other word."""
    plain = word.strip().lower()
    term = _SAME.get(plain, plain)
    return term if term in BASIC else None
