"""Scenery: nouns of places and grounds, such as sky, ocean and street, which no box of an object shows."""

from functools import lru_cache

from services.english.lexicon import lexicon

_REMEMBERED = 4096  # answers; chosen
_KINDS = ("body of water", "geological formation", "grass", "ground", "location", "road", "room", "sky", "water")


@lru_cache(_REMEMBERED)
def is_scenery(noun: str) -> bool:
    """Whether a noun may name a place or a ground; so may a few objects, such as a bench."""
    return any(lexicon().is_a(noun, kind) for kind in _KINDS)
