"""Exchanged nouns: the things that only one of two captions names (paper, section 3.3: what the edit exchanged)."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.english.lexicon import lexicon
from services.english.names import plain_names
from services.english.phrases import find_phrases
from services.english.things import class_of
from services.english.tokens import split_sentences

_LONGEST_CAPTION = 2000  # characters that are read; what a request may send


@dataclass(frozen=True)
class ExchangedNouns:
    """Lemmas in the order of their captions: `gone` are named by the first caption alone, `new` by the second."""

    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.gone or self.new)


NO_NOUNS = ExchangedNouns()


def compare_nouns(caption1: str | None, caption2: str | None) -> ExchangedNouns:
    """The nouns that only one of two captions names, none where a caption is missing.

    Compounds stay whole, plurals and synonyms are one noun, and only nouns for visible things count.
    """
    if caption1 is None or caption2 is None:
        return NO_NOUNS
    first, second = _nouns(caption1), _nouns(caption2)
    return ExchangedNouns(_without(first, second), _without(second, first))


def exchange(before: str | None, after: str | None, caption1: str | None, caption2: str | None) -> ExchangedNouns:
    """The nouns of an edit of a caption; none where one of them is in both captions, or where both mean one thing."""
    gone, new = ([] if noun is None else (_nouns(noun) or [noun.lower()]) for noun in (before, after))
    if any(_is_among(noun, new) for noun in gone):
        return NO_NOUNS
    in_first, in_second = (_nouns(caption or "") for caption in (caption1, caption2))
    if any(_is_among(noun, in_second) for noun in gone) or any(_is_among(noun, in_first) for noun in new):
        return NO_NOUNS
    return ExchangedNouns(tuple(gone), tuple(new))


def _nouns(caption: str) -> list[str]:
    """Each noun once, in order; a class name of several words stays whole."""
    text = caption[:_LONGEST_CAPTION]
    found: dict[str, None] = {}
    for tokens in split_sentences(text):
        for phrase in find_phrases(text, tokens):
            noun = phrase.name or phrase.noun
            if noun in plain_names() or lexicon().noun(noun) is not None:
                found[noun] = None
    return list(found)


def _without(nouns: Iterable[str], others: list[str]) -> tuple[str, ...]:
    return tuple(noun for noun in nouns if not _is_among(noun, others))


def _is_among(noun: str, others: Iterable[str]) -> bool:
    return any(_is_same(noun, other) for other in others)


def _is_same(one: str, other: str) -> bool:
    """Whether two nouns mean one thing: `plane` and `airplane`, but not `dog` and `animal`."""
    if class_of(one) == class_of(other):
        return one == other or not (_is_kind(one) and _is_kind(other))
    return lexicon().is_a(one, other) and lexicon().is_a(other, one)


def _is_kind(noun: str) -> bool:
    """Whether a noun is narrower than its class of the detector: `man` is a person, `puppy` a dog."""
    return class_of(noun) != noun and not lexicon().is_a(class_of(noun), noun)
