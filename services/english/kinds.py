"""Kinds: whether a thing of a network's class may be called by a noun."""

from functools import lru_cache

from services.english.lexicon import lexicon

_REMEMBERED = 1 << 16  # answers; chosen, since language models use any noun
# The detector has one class for people: it confirms that a woman is there, and not that she is one.
_PEOPLE = frozenset(["man", "woman", "boy", "girl", "child", "kid", "people", "lady", "guy", "pedestrian", "adult"])


@lru_cache(_REMEMBERED)
def may_be_called(label: str, noun: str) -> bool:
    """Whether everything of the class may be called so: a car is a vehicle, but not every dog is a Dalmatian."""
    return lexicon().is_a(label, noun) or (label == "person" and noun in _PEOPLE)
