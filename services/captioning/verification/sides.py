"""Sides: which image a sentence places each thing in."""

from collections.abc import Sequence

from imgdiff.evidence import ImageNumber
from services.captioning.observation.evidence_source import other
from services.captioning.verification.claims import EITHER, Sides
from services.captioning.verification.clauses import LEAVING, Clause, Predicate
from services.captioning.verification.mentions import Mention
from services.english.phrases import Phrase
from services.english.tokens import Token
from services.english.vocabulary import AUXILIARIES, PRONOUNS, VERBS

_BY = frozenset({"by", "with", "for"})
_PASSIVE = frozenset({"been", "was", "is", "were", "are", "being", "get", "got", "and", "has", "have"})


def side_by_name(clause: Clause, mentioned: Sequence[Mention], index: int, prefix: bool) -> Sides | None:
    """The image that the clause names for a token: of two mentions the last before it, or the next one after it.

    `prefix`: the clause opens with an image, so that the mention before counts.
    """
    here = [one for one in mentioned if clause.holds(one.word) and one.image is not None]
    direct = [one for one in here if not one.compared]
    chosen = [one for one in direct if not one.temporal] or direct
    if not chosen:
        return (other(_image(here[0])),) if here else None
    if prefix:
        before = [one for one in chosen if one.first <= index]
        return (_image(before[-1] if before else chosen[0]),)
    after = [one for one in chosen if one.last >= index]
    return (_image(after[0] if after else chosen[-1]),)


def side_of(tokens: Sequence[Token], clause: Clause, phrase: Phrase, by_name: Sides | None) -> Sides:
    """The sides of a thing by the predicate of its clause; `by_name` is the image that the clause names."""
    if any(tokens[index].low in LEAVING for index in range(clause.first, phrase.first)):
        return (2,)
    image = by_name[0] if by_name and len(by_name) == 1 else None
    match clause.predicate:
        case Predicate.REPLACED:
            sides: Sides = (_side_of_replacement(tokens, clause, phrase),)
        case Predicate.BECAME:
            sides = _sides_of_becoming(tokens, clause, phrase)
        case Predicate.INSTEAD:
            sides = (other(image or 2) if _first_after(tokens, clause, phrase) else image or 2,)
        case Predicate.REMOVED:
            sides = (1,)
        case Predicate.ADDED:
            sides = (2,)
        case Predicate.MOVED:
            sides = EITHER
        case Predicate.MISSING:
            sides = (other(image or 2),)
        case Predicate.APPEARED:
            sides = by_name or (2,)
        case _:
            sides = by_name or ((2,) if phrase.new else EITHER)
    return sides


def _side_of_replacement(tokens: Sequence[Token], clause: Clause, phrase: Phrase) -> ImageNumber:
    """`X is replaced by Y`, `replaced X with Y`, `Y replaces X`."""
    by = next((at for at in range(clause.upto + 1, clause.last + 1) if tokens[at].low in _BY), None)
    if by is not None:
        return 2 if phrase.head > by else 1
    before = tokens[clause.at - 1].low if clause.at > clause.first else ""
    passive = tokens[clause.at].low.endswith("ed") and before in _PASSIVE - {"has", "have"}
    if passive:
        return 1
    return 2 if phrase.head < clause.at else 1


def _sides_of_becoming(tokens: Sequence[Token], clause: Clause, phrase: Phrase) -> Sides:
    """`X turned into Y`, `changed from X to Y`, `X became Y`."""
    to = next((at for at in range(clause.upto + 1, clause.last + 1) if tokens[at].low in {"to", "into"}), None)
    if to is None:
        return (2,) if phrase.head > clause.at else (1,)
    return (2,) if phrase.head > to else (1,)


def _first_after(tokens: Sequence[Token], clause: Clause, phrase: Phrase) -> bool:
    """Whether the phrase is the object of `instead of`."""
    between = [token.low for token in tokens[clause.upto + 1 : phrase.first]]
    return phrase.first > clause.upto and not any(
        word == "," or word in AUXILIARIES | VERBS | PRONOUNS for word in between
    )


def _image(mention: Mention) -> ImageNumber:
    return 1 if mention.image == 1 else 2
