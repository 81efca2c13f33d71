"""Whether a network's class bears out a noun of a sentence."""

from functools import lru_cache

from services.english.lexicon import lexicon

_REMEMBERED = 1 << 16  # answers; the nouns of language models have no end
# The detector knows people only as persons: who they are is beyond it, that they are there is not.
_PEOPLE = frozenset(["man", "woman", "boy", "girl", "child", "kid", "people", "lady", "guy", "pedestrian", "adult"])


@lru_cache(_REMEMBERED)
def bears_out(label: str, noun: str) -> bool:
    """Whether everything of that class may be called so: a car is a vehicle, but not every dog is a Dalmatian."""
    return lexicon().is_a(label, noun) or (label == "person" and noun in _PEOPLE)
