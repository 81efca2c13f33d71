"""Tokens: a text as sentences of words and punctuation marks with their offsets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"[^\W\d_]+n['’]t\b|[^\W\d_]+|['’]s\b|\d+(?:st|nd|rd|th)?|[^\w\s-]")
_END = re.compile(r"[.!?]+(?=\s|$)|\n+")


@dataclass(frozen=True)
class Token:
    """One word or mark in lower case, and its offsets in the text."""

    low: str
    start: int
    end: int

    @property
    def word(self) -> bool:
        """Whether it consists of letters or digits."""
        return self.low[0].isalnum()


def low(tokens: Sequence[Token], index: int) -> str:
    """The token at an index in lower case; empty outside the sentence."""
    return tokens[index].low if 0 <= index < len(tokens) else ""


def split_sentences(text: str) -> list[list[Token]]:
    """The tokens of each sentence, in order. Hyphens separate tokens and are none."""
    parts, start = [], 0
    for end in [match.end() for match in _END.finditer(text)] + [len(text)]:
        found = [
            Token(match.group().lower().replace("’", "'"), match.start(), match.end())
            for match in _TOKEN.finditer(text, start, end)
        ]
        if any(token.word for token in found):
            parts.append(found)
        start = end
    return parts
