"""The same sentence with its two images taken the other way round."""

from collections.abc import Iterator, Sequence

from services.captioning.verification.claims import Claims
from services.captioning.verification.clauses import Event
from services.captioning.verification.edits import Edit, edited
from services.captioning.verification.involved import is_involved
from services.english.phrases import Phrase
from services.english.tokens import low
from services.english.vocabulary import AUXILIARIES

_VERBS = {
    "added": "removed", "removed": "added", "adds": "removes", "removes": "adds", "appeared": "disappeared",
    "disappeared": "appeared", "inserted": "removed", "introduced": "removed", "deleted": "added", "erased": "added",
}  # fmt: skip
_PASSIVE = frozenset({"added", "removed", "inserted", "introduced", "deleted", "erased"})
_IMAGES = (("first", "second"), ("left", "right"), ("before", "after"), ("1", "2"), ("one", "two"), ("1st", "2nd"),
           ("former", "latter"), ("earlier", "later"), ("original", "edited"))  # fmt: skip
_OTHER_IMAGE = dict(_IMAGES) | {two: one for one, two in _IMAGES}


def swapped(text: str, read: Sequence[Claims]) -> Iterator[str]:
    """Every way to say it of the other image, from the smallest change to the largest; each is grammatical."""
    for sentence in read:
        if is_involved(sentence):
            continue
        for edits in (_verbs(sentence), _pair(text, sentence), _colours(text, sentence), _mentions(sentence)):
            changed = edited(text, edits) if edits else None
            if changed is not None:
                yield changed


def _verbs(sentence: Claims) -> list[Edit]:
    """`added to` for `removed from`."""
    edits = []
    for clause in sentence.clauses:
        if clause.event not in {Event.ADDED, Event.REMOVED, Event.MISSING, Event.APPEARED}:
            continue
        token = sentence.tokens[clause.at]
        passive = low(sentence.tokens, clause.at - 1) in AUXILIARIES - {"has", "have", "had"}
        if token.low not in _VERBS or (token.low in _PASSIVE and not passive):
            return []
        edits.append(Edit(token.start, token.end, _VERBS[token.low]))
        following = sentence.tokens[clause.at + 1] if clause.at < clause.last else None
        preposition = {"to": "from", "from": "to"}.get(following.low) if following is not None else None
        if following is not None and preposition is not None:
            edits.append(Edit(following.start, following.end, preposition))
    return edits


def _pair(text: str, sentence: Claims) -> list[Edit]:
    """Both things of a replacement change places; their determiners stay."""
    things = [thing for thing in sentence.things if not thing.anchor]
    if not any(one.event in {Event.REPLACED, Event.BECAME, Event.INSTEAD} for one in sentence.clauses):
        return []
    if len(things) != 2 or {thing.sides for thing in things} != {(1,), (2,)}:
        return []
    one, two = (thing.phrase for thing in things)
    if one.count or two.count or one.plural != two.plural or (one.determiner is None) != (two.determiner is None):
        return []
    spans = [sentence.span(_content(sentence, phrase), phrase.last) for phrase in (one, two)]
    return [Edit(*spans[0], text[slice(*spans[1])]), Edit(*spans[1], text[slice(*spans[0])])]


def _content(sentence: Claims, phrase: Phrase) -> int:
    """First token of a phrase after its determiner."""
    return phrase.first + (sentence.tokens[phrase.first].low == phrase.determiner)


def _colours(text: str, sentence: Claims) -> list[Edit]:
    """`from blue to red` for `from red to blue`."""
    said = [colour for colour in sentence.colours if colour.phrase is None]
    if len(said) != 2 or {colour.sides for colour in said} != {(1,), (2,)}:
        return []
    spans = [sentence.span(colour.index, colour.index) for colour in said]
    return [Edit(*spans[0], text[slice(*spans[1])]), Edit(*spans[1], text[slice(*spans[0])])]


def _mentions(sentence: Claims) -> list[Edit]:
    """The other image's name for every image that is named."""
    edits = []
    for mention in sentence.mentions:
        token = sentence.tokens[mention.word]
        if mention.image is None:
            continue
        if token.low not in _OTHER_IMAGE:
            return []
        edits.append(Edit(token.start, token.end, _OTHER_IMAGE[token.low]))
    return edits
