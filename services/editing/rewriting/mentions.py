"""The things that a caption mentions, each with its place in the text."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from services.english.colours import COLOURS, SHADES
from services.english.inflection import plural, read_number
from services.english.lexicon import lexicon
from services.english.phrases import Phrase, find_phrases
from services.english.tokens import Token, split_sentences
from services.english.vocabulary import (
    AT_LEAST_TWO,
    DETERMINERS,
    FUNCTION,
    MATERIALS,
    NUMBERS,
    ONE_IN_PLURAL,
    PREPOSITIONS,
    VERBS,
    words,
)

_THINGS = words("box boxes")
_GROUPS = words("pair group bunch couple stack pile herd flock row set slice piece loaf number crowd")
_LOOKS = words("little young old baby toy vintage antique")  # adjectives that are also nouns
_NO_THINGS = words("front top side back middle night day")
REFERRING = re.compile(r"\b(?:it|its|his|her|their|them|he|she|they|itself|himself|herself|who|which)\b")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Mention:
    """One thing of a caption; `start` is where its phrase begins, with the determiner, `end` where its noun ends."""

    caption: str
    tokens: tuple[Token, ...]
    phrase: Phrase
    first: int  # token index where the phrase begins, after the words of other things

    @property
    def noun(self) -> str:
        """The lemma in the singular; two glasses are drinking glasses."""
        return "glass" if self.phrase.noun == "glasses" and self.number else self.phrase.noun

    @property
    def plural(self) -> bool:
        """Whether the phrase is about several; scissors and other pairs are one thing."""
        if self.noun in ONE_IN_PLURAL:
            return False
        return self.phrase.plural or self.phrase.noun == "glasses" or (plural(self.noun) == self.noun and self._several)

    @property
    def _several(self) -> bool:
        """Whether the words around a noun without plural form mean several: `four sheep`."""
        words_before = {token.low for token in self.tokens[self.first : self.phrase.head]}
        return bool(words_before & (NUMBERS.keys() - {"one"} | AT_LEAST_TWO)) or self.after() in {"are", "were"}

    @property
    def number(self) -> tuple[int, Token] | None:
        """The count that the phrase states, in words or digits, and its token."""
        for token in self.tokens[self.first : self.phrase.head]:
            value = read_number(token.low)
            if value:
                return value, token
        return None

    @property
    def start(self) -> int:
        """Where the phrase begins."""
        return self.tokens[self.first].start

    @property
    def end(self) -> int:
        """Where the noun, and with it the phrase, ends."""
        return self.tokens[self.phrase.last].end

    @cached_property
    def head(self) -> int:
        """Token index where the compound begins: `window` of `a tall window sill`."""
        head = self.phrase.head
        while head > self.first and _modifies_noun(self.tokens[head - 1].low):
            head -= 1
        return head

    @property
    def text(self) -> str:
        """The phrase as written."""
        return self.caption[self.start : self.end]

    @property
    def plain(self) -> str:
        """The noun as written, in lower case."""
        return self.caption[self.tokens[self.phrase.head].start : self.end].lower()

    @property
    def determiner(self) -> Token | None:
        """The first word if it is a determiner."""
        token = self.tokens[self.first]
        return token if self.first < self.phrase.head and token.low in DETERMINERS else None

    @property
    def group(self) -> int:
        """Where the phrase begins with its group or part: at `a bunch` of `a bunch of red bananas`."""
        at = self.first
        if at >= 2 and self.tokens[at - 1].low == "of" and self.tokens[at - 2].low.removesuffix("s") in _GROUPS:
            at -= 2
            if at and self.tokens[at - 1].low in DETERMINERS | NUMBERS.keys():
                at -= 1
        return self.tokens[at].start

    @property
    def mass(self) -> bool:
        """Whether it is singular without article and number: `coffee`."""
        bare = not any(
            token.low in DETERMINERS | NUMBERS.keys() for token in self.tokens[self.first : self.phrase.head]
        )
        return bare and not self.plural

    def before(self, count: int = 1) -> str:
        """That many words before the phrase, in lower case; fewer at the beginning of the sentence."""
        return " ".join(token.low for token in self.tokens[max(0, self.first - count) : self.first])

    def after(self, count: int = 1) -> str:
        """That many words after the noun, in lower case."""
        return " ".join(token.low for token in self.tokens[self.phrase.last + 1 : self.phrase.last + 1 + count])


def tidy(caption: str) -> str:
    """The caption in one line, control and format characters replaced by spaces."""
    if not any(unicodedata.category(letter)[0] == "C" for letter in caption):
        return caption.strip()
    plain = "".join(" " if unicodedata.category(letter)[0] == "C" else letter for letter in caption)
    return _SPACES.sub(" ", plain).strip()


def extract_mentions(caption: str) -> tuple[Mention, ...]:
    """Every thing that the caption mentions, in order."""
    found: list[Mention] = []
    for tokens in split_sentences(caption):
        free = 0
        for phrase in find_phrases(caption, tokens, things=_THINGS):
            first = max(phrase.first, free)
            while (
                first < phrase.head
                and _is_other_verb(tokens[first].low)
                and not _begins_phrase(tokens[first - 1].low, first)
            ):
                first += 1
            free = phrase.last + 1
            mention = Mention(caption, tuple(tokens), phrase, first)
            if phrase.noun not in _NO_THINGS and not (phrase.noun in _GROUPS and mention.after() == "of"):
                found.append(mention)
    return tuple(found)


def _begins_phrase(word: str, at: int) -> bool:
    """Whether a participle after the word before `at` is an adjective: a row of parked cars."""
    return at > 0 and word in DETERMINERS | NUMBERS.keys() | PREPOSITIONS


def _is_other_verb(word: str) -> bool:
    """Whether a word before a noun is a verb of the thing before it: `flying` of `people flying kites`."""
    return (word.endswith("ing") and lexicon().noun(word) is None) or word in VERBS or not word[0].isalnum()


def _modifies_noun(word: str) -> bool:
    if word in FUNCTION | SHADES | COLOURS.keys() | NUMBERS.keys() or word in _GROUPS:
        return False
    noun = lexicon().noun(word)
    return noun is not None and not noun.doubtful and word not in MATERIALS | _LOOKS
