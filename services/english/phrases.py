"""Noun phrases of a sentence: the thing that each names, its colours and its number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.english.colour_adjectives import is_colour_at
from services.english.colours import COLOURS, SHADES
from services.english.inflection import read_number, singular, singulars
from services.english.lexicon import lexicon
from services.english.names import class_names, plain_names
from services.english.tokens import Token, low
from services.english.vocabulary import (
    ARTICLES,
    AT_LEAST_TWO,
    AUXILIARIES,
    DETERMINERS,
    FRAMES,
    FUNCTION,
    MORE_PLURALS,
    NOT_NOUNS,
    NUMBERS,
    PARTICIPLES,
    PLACES,
    PREPOSITIONS,
    PRONOUNS,
    THINGS_IN_ING,
    VERBS,
)

_BEFORE_ADJECTIVES = DETERMINERS | NUMBERS.keys() | COLOURS.keys() | AT_LEAST_TWO
_LONGEST = 4  # words of a compound; chosen, not measured
_LONGEST_NAME = 5  # tokens of a class name; the longest have four
_KNOWN = FUNCTION | VERBS | FRAMES | NOT_NOUNS | SHADES | AT_LEAST_TWO | COLOURS.keys() | NUMBERS.keys() | PLACES.keys()


@dataclass(frozen=True)
class Count:
    """`number` of them exactly, or at least; token indices of the words that state it."""

    number: int
    exact: bool
    first: int
    last: int


@dataclass(frozen=True)
class Phrase:
    """A noun phrase by token indices of its sentence: it begins at `first`, its noun is `head`..`last`.

    `noun` is the noun's lemma. `name` is the class name that ends with the noun and begins at `name_first`, where one
    is written that has a colour in it, as `black swan`.
    """

    noun: str
    first: int
    head: int
    last: int
    plural: bool
    determiner: str | None
    colours: tuple[int, ...]
    count: Count | None
    new: bool = False
    name: str | None = None
    name_first: int = 0


def find_phrases(
    text: str, tokens: Sequence[Token], taken: frozenset[int] = frozenset(), things: frozenset[str] = frozenset()
) -> list[Phrase]:
    """Every noun phrase in order. Tokens in `taken` (mentions of an image, places) belong to none.

    `things` are words that name things here but parts of pictures elsewhere, such as the box of a caption.
    """
    reader = _Reader(text, tokens, taken, FRAMES - things)
    found, index = [], 0
    while index < len(tokens):
        last = reader.noun_at(index)
        if last is None:
            if reader.is_unknown_noun(index):
                found.append(reader.phrase(index, index))
            index += 1
            continue
        if not reader.modifies(last) and reader.is_used_as_noun(index, last):
            found.append(reader.phrase(index, last))
        index = last + 1
    return found


def _is_sure(word: str) -> bool:
    """Whether the word as it is written is a noun, and mostly means a visible thing."""
    noun = lexicon().noun(word)
    return noun is not None and noun.lemma == word and not noun.doubtful


class _Reader:
    """Reads one sentence; `frames` are nouns that name parts of pictures and no things."""

    def __init__(self, text: str, tokens: Sequence[Token], taken: frozenset[int], frames: frozenset[str]) -> None:
        self._text = text
        self._frames = frames
        self._tokens = tokens
        self._taken = taken

    def noun_at(self, index: int) -> int | None:
        """Index of the last token of the longest noun that begins at the index."""
        for last in range(min(index + _LONGEST_NAME, len(self._tokens)) - 1, index, -1):
            if self._taken.isdisjoint(range(index, last + 1)) and self._written(index, last) in plain_names():
                return last
        for last in range(min(index + _LONGEST, len(self._tokens)) - 1, index - 1, -1):
            span = range(index, last + 1)
            if any(one in self._taken or not self._tokens[one].low[0].isalpha() for one in span):
                continue
            if self._is_noun(index, last):
                return last
        return None

    def _is_noun(self, first: int, last: int) -> bool:
        begin, end = self._tokens[first].low, self._tokens[last].low
        if begin in FUNCTION or end in FUNCTION or (begin in SHADES and first != last):
            return False
        if begin in COLOURS and (first != last or is_colour_at(self._tokens, first)):
            return False
        if first == last:
            return (
                begin not in NOT_NOUNS | self._frames
                and not self._is_verb(first)
                and self._lemma(first, last) is not None
            )
        if end in VERBS or (begin in NOT_NOUNS | VERBS | self._frames and begin not in SHADES):
            return False
        return self._lemma(first, last) is not None

    def _is_verb(self, index: int) -> bool:
        word, before, after = self._low(index), self._low(index - 1), self._low(index + 1)
        if word in VERBS or before in PRONOUNS - DETERMINERS or (before == "to" and after in DETERMINERS):
            return True
        if not before.isalpha() or before in FUNCTION | COLOURS.keys() | AT_LEAST_TWO | NUMBERS.keys():
            return False
        if word.endswith("ing") and (word not in THINGS_IN_ING or after in DETERMINERS):
            return after in DETERMINERS | PREPOSITIONS and self._lemma(index - 1, index - 1) is not None
        return word.endswith("s") and (after in DETERMINERS or self._after_one(index))

    def _after_one(self, index: int) -> bool:
        """Whether the noun before the word has the article `a`, which no plural takes: `a helicopter flies`."""
        if self._lemma(index - 1, index - 1) is None or not self._plural(index, index):
            return False
        return any(self._low(one) in ARTICLES for one in range(max(0, index - 4), index - 1))

    def _lemma(self, first: int, last: int) -> str | None:
        span = self._written(first, last)
        name = next((one for one in (span, *singulars(span)) if one in plain_names()), None)
        if name is not None:
            return name
        for written in (span, span.replace("-", " "), span.replace("-", "")):
            head, _, tail = written.rpartition(" ")
            words = f"{head} {singular(tail, _is_sure)}".strip()
            noun = lexicon().noun(words)
            if noun is not None:  # WordNet has stop signs as street signs, readers do not
                return noun.lemma if noun.lemma[:3] == words[:3] else words.removesuffix("s")
        return None

    def _written(self, first: int, last: int) -> str:
        span = self._text[self._tokens[first].start : self._tokens[last].end].lower()
        return re.sub(r"\s+", " ", span)

    def modifies(self, last: int) -> bool:
        """Whether the noun modifies the noun that follows it, as in `coffee table`."""
        after = last + 1
        if self._text[self._tokens[last].end :][:1] == "-":
            return True
        if after >= len(self._tokens) or after in self._taken:
            return False
        end = self.noun_at(after)
        if end is None:
            return False
        noun = lexicon().noun(self._lemma(after, end) or "")
        if noun is None or not noun.doubtful:
            return True
        beyond = self._low(end + 1)
        return beyond in FUNCTION | VERBS or not beyond.isalpha()

    def is_used_as_noun(self, first: int, last: int) -> bool:
        """Whether it is surely a noun, or is written where only a noun can be."""
        noun = lexicon().noun(self._lemma(first, last) or "")
        if noun is not None and not noun.doubtful:
            return True
        before, after = self._low(first - 1), self._low(last + 1)
        if after.isalpha() and after not in FUNCTION | VERBS and not self._is_verb(last + 1):
            return False
        if before in PREPOSITIONS | PRONOUNS | VERBS | {"not", "and", "or"} or not before:
            return self._plural(first, last)
        return before.isalnum() and before not in FUNCTION - DETERMINERS

    def is_unknown_noun(self, index: int) -> bool:
        """Whether a word in no list is written where only a noun can be: `a unicorn`, `the two unicorns were`."""
        word, before, after = (self._low(one) for one in (index, index - 1, index + 1))
        if index in self._taken or not word.isalpha() or word in _KNOWN or word.endswith(("ly", "ed", "ing")):
            return False
        if after.isalpha() and after not in FUNCTION | VERBS:
            return False
        if index and self.noun_at(index - 1) is not None:
            return False  # a verb that is in no list
        if before in {"of", "with", "without", "by"} or (before == "and" and after in AUXILIARIES):
            return True
        first = index
        while first > 0 and self._belongs(first - 1):
            first -= 1
        return any(self._low(one) in DETERMINERS | NUMBERS.keys() for one in range(first, index))

    def phrase(self, head: int, last: int) -> Phrase:
        """The phrase around a noun: back to its determiner over adjectives, nouns and colours."""
        first = head
        while first > 0 and self._belongs(first - 1):
            first -= 1
        inside = range(first, head)
        colours = tuple(one for one in inside if is_colour_at(self._tokens, one))
        words = [self._low(one) for one in inside]
        determiner = next((word for word in words if word in DETERMINERS), None)
        name = next((one for one in range(first, head) if self._written(one, last) in class_names()), None)
        return Phrase(
            noun=self._lemma(head, last) or self._low(last),
            first=first,
            head=head,
            last=last,
            plural=self._plural(head, last),
            determiner=determiner,
            colours=colours,
            count=self._count(first, head, last),
            new="new" in words or "additional" in words or "extra" in words,
            name=None if name is None else self._written(name, last),
            name_first=name or 0,
        )

    def _belongs(self, index: int) -> bool:
        """Whether the token before a phrase is part of it; nothing precedes a determiner."""
        if index in self._taken or self._low(index + 1) in DETERMINERS:
            return False
        word = self._low(index)
        if word in DETERMINERS or (word in PARTICIPLES and self._low(index - 1) in _BEFORE_ADJECTIVES):
            return True
        if word in {"and", ",", "or"}:
            return self._low(index - 1) in COLOURS and self._low(index + 1) in COLOURS.keys() | SHADES
        return word[0].isalnum() and word not in (FUNCTION | VERBS)

    def _count(self, first: int, head: int, last: int) -> Count | None:
        for index in range(first, head):
            word, following = self._low(index), self._low(index + 1)
            if following in {"more", "fewer", "less", "additional", "other", "of"} or self._low(index - 1) == "another":
                continue
            if word in AT_LEAST_TWO or word == "few":
                start = index - 1 if word == "few" and self._low(index - 1) == "a" else index
                return Count(2, False, start, index) if self._plural(head, last) else None
            number = read_number(word)
            if number and (number == 1) != self._plural(head, last):
                return Count(number, True, index, index)
        before = [self._low(first - back) for back in (3, 2, 1)]
        if before[1:] in (["couple", "of"], ["number", "of"], ["group", "of"]) and self._plural(head, last):
            return Count(2, False, first - 3 if before[0] == "a" else first - 2, first - 1)
        return None

    def _plural(self, first: int, last: int) -> bool:
        word = self._low(last)
        noun = lexicon().noun(self._lemma(first, last) or "")
        ending = noun.lemma.rpartition(" ")[2] if noun else word
        if word in MORE_PLURALS or noun is None:
            return word in MORE_PLURALS
        return word.replace(" ", "") != ending and not ending.endswith(word) and self._differs(first, last)

    def _differs(self, first: int, last: int) -> bool:
        """Whether the words differ from their lemma."""
        return self._lemma(first, last) != self._written(first, last)

    def _low(self, index: int) -> str:
        return low(self._tokens, index)
