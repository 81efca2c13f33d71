"""Roles: whether a noun phrase is what a clause is about, only an anchor for its place, or denied."""

from collections.abc import Sequence

from services.captioning.verification.clauses import LEAVING, Clause, Predicate
from services.english.phrases import Phrase
from services.english.tokens import Token, low
from services.english.vocabulary import AT_LEAST_TWO, DETERMINERS, FRAMES, NUMBERS, PLACES, words

_ANCHORING = words(
    "on at near by beside besides behind under underneath beneath above over below against between around along "
    "across inside outside onto upon within among amid beyond past toward towards"
)
_BARE = frozenset({"empty", "bare", "vacant"})
_NEXT = frozenset({"next", "close", "adjacent", "attached"})
_DEFINITE = DETERMINERS - words("a an some any another no each every which all")
_HAVE = words("wearing holding carrying have has contain contains show shows include includes feature depict display")
_BE = words("present visible there in seen appear exist shown on at")
DENIALS = words("not n't isn't aren't wasn't weren't doesn't don't didn't hasn't cannot can't")


def is_anchor(tokens: Sequence[Token], clause: Clause, phrase: Phrase) -> bool:
    """Whether it only locates another thing: `on the table`, `next to a chair`, `the roof of the house`."""
    if low(tokens, phrase.last + 1) == "'s":
        return True
    word, before = low(tokens, phrase.first - 1), low(tokens, phrase.first - 2)
    definite = phrase.determiner in _DEFINITE
    if word in LEAVING or (definite and (word in {"only", "just"} or low(tokens, phrase.last + 2) in _BARE)):
        return True
    if definite and _has(tokens, phrase.last + 1):
        return True
    anchoring = {
        "by": clause.predicate is not Predicate.REPLACED or phrase.head < clause.at,
        "in": definite,
        "of": before in PLACES or before in {"front", "side"} or (definite and before not in FRAMES | {"instead"}),
        "to": before in _NEXT or clause.predicate in {Predicate.MOVED, Predicate.ADDED},
        "from": clause.predicate in {Predicate.MOVED, Predicate.REMOVED, Predicate.MISSING},
        "into": clause.predicate is Predicate.MOVED,
        "and": _after_between(tokens, clause, phrase),
    }
    return anchoring.get(word, word in _ANCHORING)


def _has(tokens: Sequence[Token], index: int) -> bool:
    """Whether a verb of containing follows: `the shelf now holds`, `the table has a`."""
    while low(tokens, index) in {"now", "also", "still", "only"}:
        index += 1
    word, after = low(tokens, index), low(tokens, index + 1)
    if word in {"has", "have"}:
        return after in DETERMINERS or after in NUMBERS or after in AT_LEAST_TWO
    return word in {"holds", "hold", "contains", "contain"} or (word, after) == ("no", "longer")


def is_denied(tokens: Sequence[Token], clause: Clause, phrase: Phrase) -> bool:
    """Whether the clause denies it: `no dog`, `does not show a dog`; `no longer` states a change and denies nothing."""
    if phrase.determiner in {"no", "neither"} or low(tokens, phrase.first - 1) in {"without", "lacking"}:
        return True
    for index in range(clause.first, clause.last + 1):
        if tokens[index].low in DENIALS:
            following = {low(tokens, index + 1), low(tokens, index + 2)}
            if following & _HAVE and phrase.first > index:
                return True
            if following & _BE and phrase.last < index:
                return True
    return False


def _after_between(tokens: Sequence[Token], clause: Clause, phrase: Phrase) -> bool:
    return any(tokens[index].low == "between" for index in range(max(clause.first, phrase.first - 5), phrase.first))
