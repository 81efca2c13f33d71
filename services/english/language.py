"""Whether a text is English: by its letters, its small words and the nouns that it names."""

import re
import unicodedata

from services.english.lexicon import lexicon
from services.english.vocabulary import (
    COLOURS,
    FRAMES,
    FUNCTION,
    MORE_PLURALS,
    NOT_NOUNS,
    NUMBERS,
    PLACES,
    SHADES,
    VERBS,
    words,
)  # fmt: skip

_KNOWN = FUNCTION | FRAMES | VERBS | NOT_NOUNS | COLOURS.keys() | NUMBERS.keys() | PLACES.keys() | SHADES
# German, Dutch, French, Spanish, Italian, Portuguese; none that English has too.
_FOREIGN = (
    words(
        "der das den dem des ein eine einen einem einer und ist wurde wurden durch nicht mit auf im zum zur von bild "
        "links rechts het een werd niet van naar le la les un une du et est été dans sur avec par pour qui ne plus au "
        "aux el los las una del en por con fue ha sido se y il lo gli della nel nella è stato stata sono di che os um "
        "uma foi na pelo pela para não da"
    )
    - FUNCTION
)
_PLAIN = 0.8  # share of letters that have no accent and are no other script's
_ENGLISH = 0.5  # share of words that are known English ones


def is_english(text: str) -> bool:
    """Whether most of it is English; a few words in another language do not change that."""
    if is_foreign(text):
        return False
    found = _words(text)
    return sum(_known(word) for word in found) >= _ENGLISH * len(found)


def is_foreign(text: str) -> bool:
    """Whether it is in another script, in nothing but signs, or has the small words of other languages."""
    letters = [letter for letter in text if unicodedata.category(letter).startswith("L")]
    if not letters or sum(letter.isascii() for letter in letters) < _PLAIN * len(letters):
        return True
    found = _words(text)
    return sum(word in _FOREIGN for word in found) > sum(word in FUNCTION for word in found) // 2


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def _known(word: str) -> bool:
    return word in _KNOWN or word in MORE_PLURALS or (word not in _FOREIGN and lexicon().noun(word) is not None)
