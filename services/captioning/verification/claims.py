"""What a text claims about its region: which things in which image, their colours, number and place, and the change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from imgdiff.records import Change
from services.captioning.verification import sides
from services.captioning.verification.clauses import CHANGE_OF, Clause, Event, clauses
from services.captioning.verification.mentions import Mention, mentions
from services.captioning.verification.roles import DENIALS, denied_in, is_anchor
from services.captioning.verification.sides import EITHER, Sides
from services.captioning.verification.spots import Spot, spots
from services.captioning.verification.witness import ImageNumber, other
from services.english.colour_adjectives import colour_at
from services.english.colours import COLOURS, SHADES
from services.english.phrases import Phrase, phrases
from services.english.tokens import Token, low, sentences
from services.english.vocabulary import COPULAS

_MORE_OR_FEWER = frozenset({"fewer", "less", "more"})
_RELATIVE = frozenset({"that", "which", "who"})
_NOW = frozenset({"now", "turned", "became", "become", "becomes", "repainted", "painted", "recoloured", "recolored"})


@dataclass(frozen=True)
class Thing:
    """One thing that is said to be in one of the images of `sides`, and not to be in image `absent`.

    An anchor only tells where another thing is, and may itself lie outside the box.
    """

    phrase: Phrase
    sides: Sides
    absent: ImageNumber | None
    anchor: bool


@dataclass(frozen=True)
class Colour:
    """A colour word at token `index`; `phrase` is the thing that it stands before, null after a verb."""

    index: int
    sides: Sides
    phrase: Phrase | None


@dataclass(frozen=True)
class Told:
    """A kind of change, said by tokens `first`..`last`."""

    change: Change
    first: int
    last: int


@dataclass(frozen=True)
class Claims:
    """All claims of one sentence, with its tokens."""

    tokens: tuple[Token, ...]
    clauses: tuple[Clause, ...]
    mentions: tuple[Mention, ...]
    things: tuple[Thing, ...]
    colours: tuple[Colour, ...]
    spots: tuple[Spot, ...]
    told: tuple[Told, ...]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where tokens `first`..`last` lie in the text."""
        return self.tokens[first].start, self.tokens[last].end


def claims(text: str) -> tuple[Claims, ...]:
    """The claims of every sentence of an English text, in order."""
    return tuple(_claims(text, tokens) for tokens in sentences(text))


def _claims(text: str, tokens: Sequence[Token]) -> Claims:
    mentioned = mentions(tokens)
    named = frozenset(index for one in mentioned for index in range(one.first, one.last + 1))
    places = spots(tokens, named)
    placed = frozenset(index for one in places for index in range(one.first, one.last + 1))
    parts = clauses(tokens)
    found = phrases(text, tokens, named | placed)
    reader = _Reader(tokens, parts, mentioned, found)
    return Claims(
        tokens=tuple(tokens), clauses=tuple(parts), mentions=tuple(mentioned),
        things=tuple(thing for phrase in found for thing in reader.things(phrase)),
        colours=tuple(reader.colours(named | placed)),
        spots=tuple(reader.ends(places)), told=tuple(reader.told()),
    )  # fmt: skip


class _Reader:
    """Gives the phrases and colours of one sentence their sides."""

    def __init__(
        self, tokens: Sequence[Token], parts: Sequence[Clause], mentioned: Sequence[Mention], found: Sequence[Phrase]
    ) -> None:
        self._tokens = tokens
        self._parts = parts
        self._mentioned = mentioned
        self._found = found

    def told(self) -> list[Told]:
        """The change that each clause tells: what the first image lacks was added."""
        found = []
        for clause in self._parts:
            if clause.event is not None:
                nouns = [one.noun for one in self._found if clause.holds(one.head)]
                same = len(nouns) != len(set(nouns)) and CHANGE_OF[clause.event] is Change.REPLACED
                change = Change.CHANGED if same else CHANGE_OF[clause.event]
                lacking = clause.event is Event.MISSING and self._named(clause.at) == (1,)
                found.append(Told(Change.ADDED if lacking else change, clause.at, clause.upto))
        return found

    def ends(self, places: Sequence[Spot]) -> list[Spot]:
        """The places with the ends of a move told as such: `on the left in the first image and on the right now`."""
        told = []
        for spot in places:
            clause = self._clause(spot.first)
            role: Literal["here", "from", "to"] = spot.role
            before = {self._low(index) for index in range(clause.first, spot.first)}
            if clause.event is Event.MOVED and self._low(clause.at) == "instead":
                role = "from" if spot.first > clause.at else "to"
            elif role == "here" and len(places) > 1:
                by_name = self._named(spot.first)
                then = by_name == (1,) or (by_name is None and bool(before & {"was", "were"}))
                role = "from" if then else "to" if by_name == (2,) else "here"
            told.append(replace(spot, role=role))
        return told

    def things(self, phrase: Phrase) -> list[Thing]:
        """The claims of one phrase: two where it is said of both images."""
        clause = self._clause(phrase.head)
        by_name = self._named(phrase.head)
        if self._is_anchor(clause, phrase):
            return [Thing(phrase, EITHER, None, True)]
        more = any(self._low(index) in _MORE_OR_FEWER for index in range(phrase.first, phrase.head))
        if denied_in(self._tokens, clause, phrase):
            absent = by_name[0] if by_name is not None and len(by_name) == 1 else None
            return [Thing(phrase, EITHER if absent is None else (other(absent),), absent, False)]
        if more or self._changes_colour(clause, phrase):
            return [Thing(phrase, EITHER, None, False)]
        if by_name is None and self._both(clause):
            return [Thing(phrase, (1,), None, False), Thing(phrase, (2,), None, False)]
        said = Thing(phrase, sides.side_of(self._tokens, clause, phrase, by_name), None, False)
        return [said, *self._qualified(clause, phrase)]

    def _qualified(self, clause: Clause, phrase: Phrase) -> list[Thing]:
        """What a relative clause denies of its thing: `a cup that is not in the first image`."""
        after = self._parts[self._parts.index(clause) + 1 :]
        last = max(one.last for one in self._found if clause.holds(one.head) and not self._is_anchor(clause, one))
        if not after or self._low(after[0].first) not in _RELATIVE or phrase.last != last:
            return []
        relative = after[0]
        denied = [at for at in range(relative.first, relative.last + 1) if self._low(at) in DENIALS]
        denied += [relative.at] if relative.event is Event.MISSING else []
        by_name = sides.named(relative, self._mentioned, denied[0], False) if denied else None
        if by_name is None:
            return []
        return [Thing(phrase, (other(by_name[0]),), by_name[0], False)]

    def _is_anchor(self, clause: Clause, phrase: Phrase) -> bool:
        """Whether it is an anchor, or part of one as in `on the bowl of fruit`."""
        if is_anchor(self._tokens, clause, phrase):
            return True
        of = phrase.first > 0 and self._tokens[phrase.first - 1].low == "of"
        return of and any(is_anchor(self._tokens, clause, one) for one in self._found if one.last == phrase.first - 2)

    def colours(self, taken: frozenset[int]) -> list[Colour]:
        """The claims of every colour word that modifies a thing, or is said of one."""
        named = {index for phrase in self._found for index in range(phrase.head, phrase.last + 1)}
        owners = {index: phrase for phrase in self._found for index in phrase.colours}
        claimed = []
        for index in range(len(self._tokens)):
            if index in taken | named or not colour_at(self._tokens, index):
                continue
            phrase = owners.get(index)
            if phrase is None:
                said = self._said_of(index)
                claimed += [] if said is None else [Colour(index, said, None)]
            else:
                was = self._changes_colour(self._clause(index), phrase)
                things = [thing for thing in self.things(phrase) if not thing.anchor]
                before = self._before_colour(self._clause(index))
                claimed += [Colour(index, before if was else thing.sides, phrase) for thing in things]
        return claimed

    def _changes_colour(self, clause: Clause, phrase: Phrase) -> bool:
        """Whether the clause goes on to say what colour the thing has now: `the red car is now blue`."""
        after = [index for index in range(phrase.last + 1, clause.last + 1) if self._low(index) in COLOURS]
        inside = {index for one in self._found for index in one.colours}
        said = [index for index in after if index not in inside]
        turned = any(self._low(index) in _NOW for index in range(phrase.last + 1, clause.last + 1))
        named = [one.first for one in self._mentioned if clause.holds(one.word) and not one.temporal]
        late = len(named) == 1 and bool(said) and named[0] > said[0] and self._low(said[0] - 1) in COPULAS
        return bool(said) and (late or (turned and not named))

    def _before_colour(self, clause: Clause) -> Sides:
        """The image that a thing's first colour is of, when the clause goes on to say another."""
        named = [one.image for one in self._mentioned if clause.holds(one.word) and not one.temporal]
        return (2,) if named == [1] else (1,)

    def _low(self, index: int) -> str:
        return low(self._tokens, index)

    def _said_of(self, index: int) -> Sides | None:
        """The sides of a colour after a verb; null when it is denied."""
        before = self._before(index)
        by_name = self._named(index)
        match before[:2]:
            case ["not" | "no" | "isn't" | "aren't" | "wasn't", *_]:
                return None
            case ["of", "instead"] | ["than", "rather"]:
                return (other(by_name[0]),) if by_name else (1,)
            case ["from", *_]:
                return (1,)
            case ["to" | "into" | "turned" | "became" | "becomes" | "painted", *_]:
                return (2,)
        clause = self._clause(index)
        named = any(clause.holds(one.word) and not one.temporal for one in self._mentioned)
        if not named and before[:1] in (["was"], ["were"]) and len(self._tokens) > index + 2:
            return (1,)
        told = clause.event in {Event.RECOLOURED, Event.ADDED}
        return by_name or ((2,) if told else EITHER)

    def _before(self, index: int) -> list[str]:
        """The words before a token, nearest first, over articles, shades and other colours joined to it."""
        words = [token.low for token in self._tokens[:index]][::-1]
        while words and words[0] in SHADES | {"a", "an", "the", "and", ","} | COLOURS.keys():
            words.pop(0)
        return words

    def _named(self, index: int) -> Sides | None:
        clause = self._clause(index)
        prefix = self._opens(clause)
        by_name = sides.named(clause, self._mentioned, index, prefix)
        if by_name is not None or self._both(clause):
            return by_name
        earlier = self._parts[: self._parts.index(clause)]
        if not earlier or not self._opens(earlier[-1]):
            return None
        return sides.named(earlier[-1], self._mentioned, earlier[-1].last, True)

    def _opens(self, clause: Clause) -> bool:
        """Whether the clause names an image before anything that is in it."""
        span = range(clause.first, clause.last + 1)
        said = [one.first for one in self._found if clause.holds(one.head)]
        said += [index for index in span if self._low(index) in COLOURS]
        first = min(said, default=clause.last + 1)
        return any(clause.holds(one.word) and one.first < first and not one.compared for one in self._mentioned)

    def _both(self, clause: Clause) -> bool:
        here = [one for one in self._mentioned if clause.holds(one.word) and not one.compared]
        in_both = [one for one in here if one.image is None and self._tokens[one.word].low in {"both", "each"}]
        return bool(in_both)

    def _clause(self, index: int) -> Clause:
        return next((one for one in self._parts if one.first <= index <= one.last), self._parts[-1])
