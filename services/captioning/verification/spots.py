"""Spots: words of a sentence for a place of the picture, and for the ends of a move."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.captioning.verification.claims import Role
from services.english.tokens import Token, low
from services.english.vocabulary import DETERMINERS, FUNCTION, PICTURES, PICTURES_PLURAL, PLACES, VERBS, words

_FILLERS = words("side hand most part half edge portion area section region third quarter end zone")
_BEFORE = words("the on at to in far from near towards toward extreme very")
_LOOKING = words("facing looking pointing faces looks turned turning points tilted leaning rotated")
_ADVERB_BEFORE = words("next behind in beside under above on at after before now where below over")
_TO = words("to towards toward")
_PREPOSITIONS = words("on in at to from towards toward near")


@dataclass(frozen=True)
class Spot:
    """Words for a place at tokens `first`..`last`, preposition included; `role` is the end of a move that it states."""

    words: frozenset[str]
    first: int
    last: int
    role: Role


def find_spots(tokens: Sequence[Token], mentioned: frozenset[int]) -> list[Spot]:
    """Every place of the picture; `left of the plate` is none."""
    found: list[Spot] = []
    index = 0
    while index < len(tokens):
        end = _run(tokens, index, mentioned)
        if end is None:
            index += 1
            continue
        if _is_spot(tokens, index, end):
            found.append(_spot(tokens, index, end))
        index = end + 1
    return found


def _run(tokens: Sequence[Token], index: int, mentioned: frozenset[int]) -> int | None:
    """Last token of a run of place words that begins at the index."""
    if tokens[index].low not in PLACES or index in mentioned:
        return None
    end = index
    while end + 1 < len(tokens) and end + 1 not in mentioned and tokens[end + 1].low in PLACES.keys() | _FILLERS:
        end += 1
    return end


def _is_spot(tokens: Sequence[Token], first: int, last: int) -> bool:
    word, before, after = tokens[first].low, low(tokens, first - 1), low(tokens, last + 1)
    if last == first and word == "right" and before not in {"the", "to", "from", "far"} and after in _ADVERB_BEFORE:
        return False
    if last == first and before not in _BEFORE and (before or word == "left"):
        return False
    if any(low(tokens, back) in _LOOKING for back in range(first - 4, first)):
        return False
    if after == "of":
        return _of_the_picture(tokens, last + 2)
    return not after[:1].isalpha() or after in FUNCTION | VERBS


def _of_the_picture(tokens: Sequence[Token], index: int) -> bool:
    while low(tokens, index) in DETERMINERS | {"first", "second", "left", "right", "two"}:
        index += 1
    return low(tokens, index) in (PICTURES | PICTURES_PLURAL | {"view", "composition", "background", "foreground"})


def _spot(tokens: Sequence[Token], first: int, last: int) -> Spot:
    places = frozenset(PLACES[token.low] for token in tokens[first : last + 1] if token.low in PLACES)
    start = first
    while low(tokens, start - 1) in {"the", "far", "extreme", "very"}:
        start -= 1
    preposition = low(tokens, start - 1)
    if preposition in _PREPOSITIONS:
        start -= 1
    role: Role = "from" if preposition == "from" else "to" if preposition in _TO else "here"
    return Spot(places, start, last, role)
