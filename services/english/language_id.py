"""Language identification: whether a text is English, by its letters, function words and known nouns."""

import re
import unicodedata

from services.english.colours import COLOURS, SHADES
from services.english.lexicon import lexicon
from services.english.vocabulary import (
    FOREIGN_FUNCTION,
    FRAMES,
    FUNCTION,
    MORE_PLURALS,
    NOT_NOUNS,
    NUMBERS,
    PLACES,
    VERBS,
)

_KNOWN = FUNCTION | FRAMES | VERBS | NOT_NOUNS | COLOURS.keys() | NUMBERS.keys() | PLACES.keys() | SHADES
_PLAIN = 0.8  # least share of ASCII letters; chosen, not measured
_ENGLISH = 0.5  # least share of known English words; chosen, not measured


def is_english(text: str) -> bool:
    """Whether most of the text is English; a few foreign words are allowed."""
    if is_foreign(text):
        return False
    found = _words(text)
    return sum(_known(word) for word in found) >= _ENGLISH * len(found)


def is_foreign(text: str) -> bool:
    """Whether the text is in another script, has no letters, or has mostly function words of other languages."""
    letters = [letter for letter in text if unicodedata.category(letter).startswith("L")]
    if not letters or sum(letter.isascii() for letter in letters) < _PLAIN * len(letters):
        return True
    found = _words(text)
    return sum(word in FOREIGN_FUNCTION for word in found) > sum(word in FUNCTION for word in found) // 2


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def _known(word: str) -> bool:
    return word in _KNOWN or word in MORE_PLURALS or (word not in FOREIGN_FUNCTION and lexicon().noun(word) is not None)
