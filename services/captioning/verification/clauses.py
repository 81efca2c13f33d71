"""Clauses: a sentence split at its verbs, each clause with what its predicate states."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from imgdiff.records import Change
from services.english.colours import COLOURS, SHADES
from services.english.tokens import Token, low
from services.english.vocabulary import AUXILIARIES, CHANGES, PLACES, VERBS, words


class Predicate(Enum):
    """What a clause states to have happened to its things."""

    REPLACED = "replaced"  # one thing by another
    BECAME = "became"  # one thing another
    INSTEAD = "instead"
    REMOVED = "removed"
    MISSING = "missing"  # from the image that is named
    ADDED = "added"
    APPEARED = "appeared"
    MOVED = "moved"
    RECOLOURED = "recoloured"


_AMOUNTS_TO = {"became": "replaced", "instead": "replaced", "missing": "removed", "appeared": "added"}
CHANGE_OF = {one: Change(_AMOUNTS_TO.get(one.value, one.value)) for one in Predicate}
_STATED = {stated: Predicate(change) for change, listed in CHANGES.items() for stated in listed}
_TURNS = words("turned turns changed changes transformed converted switched went goes become becomes became")
_BREAKS = frozenset({";", ":", "where", "while", "whereas", "but", "although", "though"})
_COLOUR = words("colour color colours colors hue tint shade tone paint")
_SHIFTS = frozenset({"shifts", "shifted"})
RELATIVE = frozenset({"that", "which", "who"})
LEAVING = frozenset({"leaving", "revealing", "exposing", "uncovering"})
_JOINS = frozenset({",", "and", "then", "with"})
_FINITE = (AUXILIARIES - {"been", "being", "having"}) | frozenset(
    one for one in VERBS if not one.endswith("ing") and one not in {"left", "seated", "located", "situated", "print"}
)


@dataclass(frozen=True)
class Clause:
    """Tokens `first`..`last`, and the words of the predicate at tokens `at`..`upto` where one states a change."""

    first: int
    last: int
    predicate: Predicate | None = None
    at: int = 0
    upto: int = 0

    def holds(self, index: int) -> bool:
        """Whether a token is in the clause."""
        return self.first <= index <= self.last


def split_clauses(tokens: Sequence[Token]) -> list[Clause]:
    """The clauses in order; `and` separates them only where both sides have a verb."""
    found, start = [], 0
    for index, token in enumerate(tokens):
        ends = token.low in _BREAKS or (
            token.low in _JOINS and _has_verb(tokens, start, index) and _has_verb_before_break(tokens, index + 1)
        )
        ends = ends or (token.low in RELATIVE and low(tokens, index + 1) in _FINITE)
        if ends and index > start:
            found.append(_clause(tokens, start, index - 1))
            start = index if token.low in RELATIVE | {"with"} else index + 1
    if start < len(tokens):
        found.append(_clause(tokens, start, len(tokens) - 1))
    return found


def _has_verb(tokens: Sequence[Token], start: int, end: int) -> bool:
    return any(token.low in _FINITE for token in tokens[start:end])


def _has_verb_before_break(tokens: Sequence[Token], start: int) -> bool:
    """Whether the part that begins at the index has a verb of its own."""
    for token in tokens[start:]:
        if token.low in _FINITE:
            return True
        if token.low in _BREAKS:
            return False
    return False


def _clause(tokens: Sequence[Token], first: int, last: int) -> Clause:
    for at in range(first, last + 1):
        predicate, upto = _predicate(tokens, at, last)
        if predicate is not None:
            return Clause(first, last, predicate, at, upto)
    return Clause(first, last)


def _predicate(tokens: Sequence[Token], at: int, last: int) -> tuple[Predicate | None, int]:
    word = tokens[at].low
    after, beyond = (low(tokens, index) if index <= last else "" for index in (at + 1, at + 2))
    stated = _STATED.get(f"{word} {after}")
    if stated is not None:
        if after == "of" and beyond in {"on", "at", "in"}:
            return Predicate.MOVED, at + 1
        coloured = beyond in COLOURS and _ends(low(tokens, at + 3))
        return Predicate.RECOLOURED if coloured else stated, at + 1
    if word == "now" and after in {"a", "an"} and _identifies(tokens, at):
        return Predicate.BECAME, at
    gone = word == "gone" and after == "from" and beyond in COLOURS
    if word in _TURNS or gone or (word in _SHIFTS and _of_colour(tokens, at)):
        return _turn(tokens, at, last)
    if word == "appears" and after in {"", ".", "at", "on", "in"} and beyond != "first":
        return Predicate.APPEARED, at
    repainted = word == "painted" and after in COLOURS
    return Predicate.RECOLOURED if repainted else _STATED.get(word), at


def _turn(tokens: Sequence[Token], at: int, last: int) -> tuple[Predicate | None, int]:
    """`changed from red to blue` and `turned blue` recolour; `turned into a cat` and `became a cat` replace."""
    rest = [token.low for token in tokens[at + 1 : last + 1]]
    if rest[:1] in (["colour"], ["color"], ["colours"], ["colors"]):
        return Predicate.RECOLOURED, at + 1
    if _of_colour(tokens, at) or (rest and rest[0] in COLOURS and tokens[at].low not in {"changes", "changed"}):
        return Predicate.RECOLOURED, at
    for place, word in enumerate(rest):
        if word in {"into", "to", "from"}:
            following = [one for one in rest[place + 1 : place + 4] if one not in SHADES | {"the"}]
            if following[:1] and following[0] in PLACES:
                return Predicate.MOVED, at
            plain = bool(following) and following[0] in COLOURS and not _noun_follows(following[1:])
            return (Predicate.RECOLOURED if plain else Predicate.BECAME), at
    return (Predicate.BECAME, at) if tokens[at].low in {"became", "becomes", "become"} else (None, at)


def _of_colour(tokens: Sequence[Token], at: int) -> bool:
    """Whether the verb is about a colour: `the colour of the car changed`, `shifted from red`."""
    named = any(token.low in _COLOUR for token in tokens[max(0, at - 8) : at])
    return named or (low(tokens, at + 1) == "from" and low(tokens, at + 2) in COLOURS)


def _identifies(tokens: Sequence[Token], at: int) -> bool:
    """`the dog is now a cat`, not `there is now a cat`."""
    return low(tokens, at - 1) in {"is", "are"} and low(tokens, at - 2) != "there"


def _ends(word: str) -> bool:
    return not word.isalpha() or word in {"in", "on", "at", "and"}


def _noun_follows(words: Sequence[str]) -> bool:
    return bool(words) and words[0].isalpha() and words[0] not in {"to", "in", "and", "into", "on", "at"}
