"""Head nouns: the thing that a phrase or a sentence of a language model is about."""

import re

from services.english.lexicon import lexicon
from services.english.phrases import find_phrases
from services.english.tokens import split_sentences

_LONGEST_NOUN = 3  # words; chosen, not measured
_OF = re.compile(
    r"^.*?\b(?:pair|piece|part|group|bunch|stack|pile|slice|row|set|couple|kind|type|view|close-?up|picture|photo|"
    r"image|section|portion)s? of\b\s*"
)
_ENDS = re.compile(
    r"[,;:(]|\b(?:with|without|on|in|of|at|by|from|under|over|behind|beside|near|next|against|and|or|to|that|which|"
    r"who|is|are|for|inside|above|below|between)\b"
)


def head_noun(phrase: str | None) -> str | None:
    """The head noun in the singular: `cup` of `a red cup on a table`; null when the lexicon has none."""
    if phrase is None:
        return None
    text = _OF.sub("", phrase.lower())
    words = re.findall(r"[\w'-]+", _ENDS.split(text)[0])
    for end in range(len(words), 0, -1):
        for start in range(max(0, end - _LONGEST_NOUN), end):
            noun = lexicon().noun(" ".join(words[start:end]))
            if noun is not None and not (noun.doubtful and (end < len(words) or len(words) == 1)):
                return noun.lemma
    return None


def subject_noun(text: str | None) -> str | None:
    """The noun of the first thing that a phrase or a sentence names: `cup` of `The red cup stands on a table.`"""
    sentences = split_sentences(text or "")
    first = next(iter(find_phrases(text or "", sentences[0])), None) if sentences else None
    if first is not None and lexicon().noun(first.noun) is not None:
        return first.noun
    return head_noun(text)
