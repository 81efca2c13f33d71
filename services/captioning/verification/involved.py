"""Sentences that are too involved to be changed: a small change of one that was misread would make it false."""

from services.captioning.verification.claims import Claims
from services.captioning.verification.roles import DENIALS
from services.english.vocabulary import words

_INVOLVED = DENIALS | words(
    "neither that which who where whose no without than unlike compared lacking fewer less more"
)


def is_involved(sentence: Claims) -> bool:
    """Whether it has a relative clause, a denial or a comparison."""
    return any(token.low in _INVOLVED for token in sentence.tokens)
