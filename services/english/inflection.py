"""English inflection: articles, plurals, singulars, number words and lists."""

import re
from collections.abc import Callable, Sequence

from services.english.things import thing
from services.english.vocabulary import MORE_PLURALS, NUMBERS, ONE_IN_PLURAL

_MEN = re.compile(r"(?<!hu)(?<!ger)(?:wo)?man$")
_CONSONANT_SOUNDS = re.compile(r"(?:uni(?![nmd])|us[aeiu]|eu|ewe|one\b|once\b|ukulele|utensil|uk\b)")
_VOWEL_SOUNDS = re.compile(r"(?:hour|honest|honou?r|heir|herb\b)")
_SPELT = re.compile(r"[A-Z]{2,5}(?![a-z])")
# Endings of regular plurals with those of their singulars, in the order in which a lexicon should be asked.
_SINGULAR_ENDINGS = (
    ("ies", "y"),
    ("ves", "f"),
    ("ses", "s"),
    ("xes", "x"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("s", ""),
    ("ves", "fe"),
)
_NUMBERS = ("no", *NUMBERS)


def article(word: str) -> str:
    """`a` or `an`, by how the word sounds: `an hour`, `a unicycle`, `an SUV`, `a UFO`."""
    if _SPELT.match(word):
        return "an" if word[0] in "AEFHILMNORSX" else "a"
    low = word.lower()
    if _VOWEL_SOUNDS.match(low):
        return "an"
    return "an" if low[:1] in set("aeiou8") and not _CONSONANT_SOUNDS.match(low) else "a"


def with_article(noun: str, colour: str | None = None) -> str:
    """`a dog`, `an orange cup`; `broccoli` and `red scissors`, which take no article."""
    text = noun if colour is None else f"{colour} {noun}"
    row = thing(noun)
    bare = row.always_plural or (row.mass and not row.counted)
    return text if bare else f"{article(text)} {text}"


def several(noun: str, count: int, colour: str | None = None) -> str:
    """`two red cups`, `three pairs of scissors`."""
    before = f"{colour} " if colour is not None else ""
    pairs = "pairs of " if thing(noun).always_plural else ""
    return f"{number(count)} {pairs}{before}{plural(noun)}"


def have(noun: str | None, count: int = 1) -> str:
    """`has`, or `have` for several things and for nouns that are always plural; null stands for `something`."""
    return "have" if count > 1 or (noun is not None and thing(noun).always_plural) else "has"


def plural(noun: str) -> str:
    """`cars`, `people`, `wine glasses`."""
    whole = thing(noun).plural
    if whole is not None:
        return whole
    before, space, last = noun.rpartition(" ")
    return f"{before}{space}{_plural(last)}"


def _plural(word: str) -> str:
    low = word.lower()
    many = thing(low).plural
    if many is not None:
        return many.capitalize() if word[:1].isupper() else many
    if low.endswith("fish"):
        return word
    if _MEN.search(low):
        return f"{word[:-2]}en"
    if low.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    return f"{word[:-1]}ies" if low.endswith("y") and low[-2:-1] not in "aeiou" else f"{word}s"


def singulars(noun: str) -> tuple[str, ...]:
    """What a regular plural may be the plural of, likeliest first: `cherry`, then `cherrie`, for `cherries`."""
    return tuple(noun.removesuffix(many) + one for many, one in _SINGULAR_ENDINGS if noun.endswith(many))


def singular(word: str, is_noun: Callable[[str], bool]) -> str:
    """The singular of a word whose plural a lexicon takes for another noun: `clocks`, `vases`; else the word itself.

    `is_noun` tells whether a singular is surely a noun.
    """
    if word in MORE_PLURALS:
        return MORE_PLURALS[word]
    if not word.endswith("s") or word in ONE_IN_PLURAL:
        return word
    return word[:-1] if is_noun(word[:-1]) else word


def number(count: int) -> str:
    """`three`; digits beyond twelve."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def read_number(word: str) -> int | None:
    """The count that a word in lower case, or up to three digits, states."""
    return int(word) if word.isdecimal() and len(word) < 4 else NUMBERS.get(word)


def join_nouns(items: Sequence[str]) -> str:
    """`a cup, a spoon and a table`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
