"""Reads the claims of an English text: which things it places in which image, and what it says happened to them."""

from collections.abc import Sequence
from dataclasses import replace

from imgdiff.records import Change
from services.captioning.observation.evidence_source import other
from services.captioning.verification import sides
from services.captioning.verification.claims import EITHER, Claims, Colour, Event, Number, Place, Role, Sides, Thing
from services.captioning.verification.clauses import CHANGE_OF, RELATIVE, Clause, Predicate, split_clauses
from services.captioning.verification.mentions import Mention, find_mentions
from services.captioning.verification.roles import DENIALS, is_anchor, is_denied
from services.captioning.verification.spots import Spot, find_spots
from services.english.colour_adjectives import is_colour_at
from services.english.colours import COLOURS, SHADES
from services.english.phrases import Phrase, find_phrases
from services.english.tokens import Token, low, split_sentences
from services.english.vocabulary import COPULAS

_MORE_OR_FEWER = frozenset({"fewer", "less", "more"})
_NOW = frozenset({"now", "turned", "became", "become", "becomes", "repainted", "painted", "recoloured", "recolored"})


def read_claims(text: str) -> tuple[Claims, ...]:
    """The claims of every sentence of an English text, in order."""
    return tuple(_read_sentence(text, tokens) for tokens in split_sentences(text))


def _read_sentence(text: str, tokens: Sequence[Token]) -> Claims:
    mentioned = find_mentions(tokens)
    named = frozenset(index for one in mentioned for index in range(one.first, one.last + 1))
    spots = find_spots(tokens, named)
    placed = frozenset(index for one in spots for index in range(one.first, one.last + 1))
    found = find_phrases(text, tokens, named | placed)
    reader = _Reader(text, tokens, split_clauses(tokens), mentioned, found)
    return Claims(
        things=tuple(thing for phrase in found for thing in reader.things(phrase)),
        colours=tuple(reader.colours(named | placed)),
        places=tuple(reader.places(spots)),
        events=tuple(reader.events()),
    )


class _Reader:
    """Assigns the phrases, colours, places and events of one sentence to the images that they are claimed of."""

    def __init__(
        self,
        text: str,
        tokens: Sequence[Token],
        clauses: Sequence[Clause],
        mentioned: Sequence[Mention],
        found: Sequence[Phrase],
    ) -> None:
        self._text = text
        self._tokens = tokens
        self._clauses = clauses
        self._mentioned = mentioned
        self._found = found

    def events(self) -> list[Event]:
        """The change that each clause states; what the first image lacks was added."""
        found = []
        for clause in self._clauses:
            if clause.predicate is not None:
                nouns = [one.noun for one in self._found if clause.holds(one.head)]
                same = len(nouns) != len(set(nouns)) and CHANGE_OF[clause.predicate] is Change.REPLACED
                change = Change.CHANGED if same else CHANGE_OF[clause.predicate]
                lacking = clause.predicate is Predicate.MISSING and self._named(clause.at) == (1,)
                found.append(Event(Change.ADDED if lacking else change, self._quote(clause.at, clause.upto)))
        return found

    def places(self, spots: Sequence[Spot]) -> list[Place]:
        """The places, with both ends of a move: `on the left in the first image and on the right now`."""
        return [Place(one.words, self._quote(one.first, one.last), self._role(one, len(spots) > 1)) for one in spots]

    def _role(self, spot: Spot, several: bool) -> Role:
        clause = self._clause(spot.first)
        before = {self._low(index) for index in range(clause.first, spot.first)}
        if clause.predicate is Predicate.MOVED and self._low(clause.at) == "instead":
            return "from" if spot.first > clause.at else "to"
        if spot.role != "here" or not several:
            return spot.role
        by_name = self._named(spot.first)
        if by_name == (1,) or (by_name is None and before & {"was", "were"}):
            return "from"
        return "to" if by_name == (2,) else "here"

    def things(self, phrase: Phrase) -> list[Thing]:
        """The claims of one phrase: two where the clause is about both images."""
        clause = self._clause(phrase.head)
        by_name = self._named(phrase.head)
        thing = self._thing(clause, phrase)
        if self._is_anchor(clause, phrase):
            return [replace(thing, anchor=True)]
        more = any(self._low(index) in _MORE_OR_FEWER for index in range(phrase.first, phrase.head))
        if is_denied(self._tokens, clause, phrase):
            absent = by_name[0] if by_name is not None and len(by_name) == 1 else None
            return [replace(thing, sides=EITHER if absent is None else (other(absent),), absent=absent)]
        if more or self._changes_colour(clause, phrase):
            return [thing]
        if by_name is None and self._names_both(clause):
            return [replace(thing, sides=(1,)), replace(thing, sides=(2,))]
        claimed = replace(thing, sides=sides.side_of(self._tokens, clause, phrase, by_name))
        return [claimed, *self._deny_in_relative(clause, phrase, thing)]

    def _thing(self, clause: Clause, phrase: Phrase) -> Thing:
        """A phrase as a thing of either image."""
        count = phrase.count
        number = None if count is None else Number(count.number, count.exact, self._quote(count.first, phrase.last))
        setting = clause.predicate is None and phrase.determiner == "the"
        return Thing(
            key=phrase.head,
            noun=phrase.noun,
            text=self._quote(phrase.head, phrase.last),
            sides=EITHER,
            setting=setting,
            number=number,
            name=phrase.name,
        )

    def _deny_in_relative(self, clause: Clause, phrase: Phrase, thing: Thing) -> list[Thing]:
        """What a relative clause denies of its thing: `a cup that is not in the first image`."""
        after = self._clauses[self._clauses.index(clause) + 1 :]
        last = max(one.last for one in self._found if clause.holds(one.head) and not self._is_anchor(clause, one))
        if not after or self._low(after[0].first) not in RELATIVE or phrase.last != last:
            return []
        relative = after[0]
        denied = [at for at in range(relative.first, relative.last + 1) if self._low(at) in DENIALS]
        denied += [relative.at] if relative.predicate is Predicate.MISSING else []
        by_name = sides.side_by_name(relative, self._mentioned, denied[0], False) if denied else None
        if by_name is None:
            return []
        return [replace(thing, sides=(other(by_name[0]),), absent=by_name[0])]

    def _is_anchor(self, clause: Clause, phrase: Phrase) -> bool:
        """Whether it is an anchor, or part of one as in `on the bowl of fruit`."""
        if is_anchor(self._tokens, clause, phrase):
            return True
        of = phrase.first > 0 and self._tokens[phrase.first - 1].low == "of"
        return of and any(is_anchor(self._tokens, clause, one) for one in self._found if one.last == phrase.first - 2)

    def colours(self, taken: frozenset[int]) -> list[Colour]:
        """The claims of every colour word, before a noun or after a verb."""
        named = {index for phrase in self._found for index in range(phrase.head, phrase.last + 1)}
        owners = {index: phrase for phrase in self._found for index in phrase.colours}
        claimed = []
        for index in range(len(self._tokens)):
            if index in taken | named or not is_colour_at(self._tokens, index):
                continue
            colour = Colour(self._low(index), self._quote(index, index), EITHER)
            phrase = owners.get(index)
            if phrase is None:
                of_verb = self._sides_after_verb(index)
                claimed += [] if of_verb is None else [replace(colour, sides=of_verb)]
            else:
                claimed += self._colours_of_phrase(colour, index, phrase)
        return claimed

    def _colours_of_phrase(self, colour: Colour, index: int, phrase: Phrase) -> list[Colour]:
        """The claims of a colour before a noun: one for each thing that the phrase claims."""
        clause = self._clause(index)
        colour = replace(colour, of=phrase.head, name=phrase.name if index >= phrase.name_first else None)
        things = [thing for thing in self.things(phrase) if not thing.anchor]
        before = self._before_colour(clause) if self._changes_colour(clause, phrase) else None
        return [replace(colour, sides=before or thing.sides) for thing in things]

    def _changes_colour(self, clause: Clause, phrase: Phrase) -> bool:
        """Whether the clause also states the thing's new colour: `the red car is now blue`."""
        after = [index for index in range(phrase.last + 1, clause.last + 1) if self._low(index) in COLOURS]
        inside = {index for one in self._found for index in one.colours}
        stated = [index for index in after if index not in inside]
        turned = any(self._low(index) in _NOW for index in range(phrase.last + 1, clause.last + 1))
        named = [one.first for one in self._mentioned if clause.holds(one.word) and not one.temporal]
        late = len(named) == 1 and bool(stated) and named[0] > stated[0] and self._low(stated[0] - 1) in COPULAS
        return bool(stated) and (late or (turned and not named))

    def _before_colour(self, clause: Clause) -> Sides:
        """The image that a thing's first colour is of, where the clause states another one later."""
        named = [one.image for one in self._mentioned if clause.holds(one.word) and not one.temporal]
        return (2,) if named == [1] else (1,)

    def _low(self, index: int) -> str:
        return low(self._tokens, index)

    def _quote(self, first: int, last: int) -> str:
        """The text of tokens `first`..`last`."""
        return self._text[self._tokens[first].start : self._tokens[last].end]

    def _sides_after_verb(self, index: int) -> Sides | None:
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
        return by_name or ((2,) if clause.predicate in {Predicate.RECOLOURED, Predicate.ADDED} else EITHER)

    def _before(self, index: int) -> list[str]:
        """The words before a token, nearest first, over articles, shades and other colours joined to it."""
        words = [token.low for token in self._tokens[:index]][::-1]
        while words and words[0] in SHADES | {"a", "an", "the", "and", ","} | COLOURS.keys():
            words.pop(0)
        return words

    def _named(self, index: int) -> Sides | None:
        clause = self._clause(index)
        prefix = self._opens_with_image(clause)
        by_name = sides.side_by_name(clause, self._mentioned, index, prefix)
        if by_name is not None or self._names_both(clause):
            return by_name
        earlier = self._clauses[: self._clauses.index(clause)]
        if not earlier or not self._opens_with_image(earlier[-1]):
            return None
        return sides.side_by_name(earlier[-1], self._mentioned, earlier[-1].last, True)

    def _opens_with_image(self, clause: Clause) -> bool:
        """Whether the clause names an image before anything that is in it."""
        span = range(clause.first, clause.last + 1)
        things = [one.first for one in self._found if clause.holds(one.head)]
        colours = [index for index in span if self._low(index) in COLOURS]
        first = min(things + colours, default=clause.last + 1)
        return any(clause.holds(one.word) and one.first < first and not one.compared for one in self._mentioned)

    def _names_both(self, clause: Clause) -> bool:
        here = [one for one in self._mentioned if clause.holds(one.word) and not one.compared]
        in_both = [one for one in here if one.image is None and self._tokens[one.word].low in {"both", "each"}]
        return bool(in_both)

    def _clause(self, index: int) -> Clause:
        return next((one for one in self._clauses if one.first <= index <= one.last), self._clauses[-1])
