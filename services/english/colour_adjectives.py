"""Colour words as adjectives: `orange` and `gold` are also nouns, and colours only where an adjective can stand."""

from collections.abc import Sequence

from services.english.colours import ALSO_NOUNS, COLOURS, SHADES
from services.english.lexicon import lexicon
from services.english.tokens import Token, low
from services.english.vocabulary import ARTICLES, COPULAS, FUNCTION, NUMBERS, PLACES, VERBS


def is_colour_at(tokens: Sequence[Token], index: int) -> bool:
    """Whether the token is a colour word used as an adjective, and not a thing as `orange` may be."""
    word = tokens[index].low
    if word not in COLOURS:
        return False
    if word not in ALSO_NOUNS:
        return True
    before, after = low(tokens, index - 1), low(tokens, index + 1)
    if before in ARTICLES | NUMBERS.keys() or after == "":
        return _can_be_modified(after) or (after == "and" and low(tokens, index + 2) in COLOURS)
    if before in COPULAS | SHADES | COLOURS.keys():
        return True
    if before in {"from", "to", "into", "of", "and", "or"} and any(
        token.low in COLOURS for place, token in enumerate(tokens) if place != index
    ):
        return True
    return _can_be_modified(after)


def _can_be_modified(word: str) -> bool:
    """Whether an adjective before the word would modify it."""
    return word.isalpha() and word not in FUNCTION | VERBS and (word not in PLACES or lexicon().noun(word) is not None)
