"""Which image each thing of a sentence is said to be in."""

from collections.abc import Sequence

from services.captioning.verification.clauses import Clause, Event
from services.captioning.verification.mentions import Mention
from services.captioning.verification.witness import IMAGES, ImageNumber, other
from services.english.phrases import Phrase
from services.english.tokens import Token
from services.english.vocabulary import AUXILIARIES, PRONOUNS, VERBS

Sides = tuple[ImageNumber, ...]  # any of them may bear the claim out
EITHER: Sides = IMAGES
_BY = frozenset({"by", "with", "for"})
_LEAVING = frozenset({"leaving", "revealing", "exposing", "uncovering"})
_PASSIVE = frozenset({"been", "was", "is", "were", "are", "being", "get", "got", "and", "has", "have"})


def named(clause: Clause, mentioned: Sequence[Mention], index: int, prefix: bool) -> Sides | None:
    """The image that the clause's mentions give to a token: with two of them the last before it, or the next after.

    `prefix` tells which: whether the clause opens with an image.
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
    """The sides of a thing by what the clause tells; `by_name` is what its mentions give."""
    if any(tokens[index].low in _LEAVING for index in range(clause.first, phrase.first)):
        return (2,)
    said = by_name[0] if by_name and len(by_name) == 1 else None
    match clause.event:
        case Event.REPLACED:
            sides: Sides = (_replaced(tokens, clause, phrase),)
        case Event.BECAME:
            sides = _became(tokens, clause, phrase)
        case Event.INSTEAD:
            sides = (other(said or 2) if _first_after(tokens, clause, phrase) else said or 2,)
        case Event.REMOVED:
            sides = (1,)
        case Event.ADDED:
            sides = (2,)
        case Event.MOVED:
            sides = EITHER
        case Event.MISSING:
            sides = (other(said or 2),)
        case Event.APPEARED:
            sides = by_name or (2,)
        case _:
            sides = by_name or ((2,) if phrase.new else EITHER)
    return sides


def _replaced(tokens: Sequence[Token], clause: Clause, phrase: Phrase) -> ImageNumber:
    """`X is replaced by Y`, `replaced X with Y`, `Y replaces X`."""
    by = next((at for at in range(clause.upto + 1, clause.last + 1) if tokens[at].low in _BY), None)
    if by is not None:
        return 2 if phrase.head > by else 1
    before = tokens[clause.at - 1].low if clause.at > clause.first else ""
    passive = tokens[clause.at].low.endswith("ed") and before in _PASSIVE - {"has", "have"}
    if passive:
        return 1
    return 2 if phrase.head < clause.at else 1


def _became(tokens: Sequence[Token], clause: Clause, phrase: Phrase) -> Sides:
    """`X turned into Y`, `changed from X to Y`, `X became Y`."""
    to = next((at for at in range(clause.upto + 1, clause.last + 1) if tokens[at].low in {"to", "into"}), None)
    if to is None:
        return (2,) if phrase.head > clause.at else (1,)
    return (2,) if phrase.head > to else (1,)


def _first_after(tokens: Sequence[Token], clause: Clause, phrase: Phrase) -> bool:
    """Whether the phrase is what `instead of` speaks of."""
    between = [token.low for token in tokens[clause.upto + 1 : phrase.first]]
    return phrase.first > clause.upto and not any(
        word == "," or word in AUXILIARIES | VERBS | PRONOUNS for word in between
    )


def _image(mention: Mention) -> ImageNumber:
    return 1 if mention.image == 1 else 2
