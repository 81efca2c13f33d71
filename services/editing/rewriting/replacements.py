"""Nouns that can replace a thing of a caption, best first, and the draw among them."""

import random
import re
from collections.abc import Iterable, Sequence
from functools import cache

from services.editing.limits import DRAWN_FROM, MOST_REPLACEMENTS
from services.editing.rewriting.contexts import fits
from services.editing.rewriting.kinds import first_sense, kinds_of, same_thing
from services.editing.rewriting.mentions import Mention
from services.english.lexicon import lexicon
from services.english.things import category_of, class_of, groups_of, peer_nouns, table, thing
from services.english.vocabulary import ONE_IN_PLURAL

_MIXED = {"person", "animal", "vehicle"}  # super-categories within which any thing may replace any other
_DEPTH = 6  # hypernyms of a shared parent: furniture has as many, an artifact fewer; chosen, not measured
_HIS, _HER = re.compile(r"\b(?:his|he|him|himself)\b", re.I), re.compile(r"\b(?:her|hers|she|herself)\b", re.I)
_MISFIT = {  # adjectives that people of an age do not take
    "young": re.compile(r"\b(?:old|older|elderly|bearded|bald)\b", re.I),
    "grown": re.compile(r"\b(?:little|small|tiny)\b", re.I),
}


def list_replacements(mention: Mention, others: Iterable[str]) -> list[str]:
    """Nouns in the singular that can replace the thing, best first; `others` are the caption's other nouns.

    Peers come first; siblings in WordNet, then the rest of the super-category, only where no peer fits.
    """
    old, taken = kinds_of(mention.noun), tuple(others)
    for tier in _tiers(mention.noun):
        found = [
            noun
            for noun in tier
            if not same_thing(noun, mention.noun)
            and not any(_is_mentioned(noun, other) for other in taken)
            and _suits(mention, old, noun)
        ]
        if found:
            return found[:MOST_REPLACEMENTS]
    return []


def draw(ranked: Sequence[str], seed: int, *, among: int = DRAWN_FROM) -> str:
    """One of the best, each with equal probability."""
    return random.Random(seed).choice(ranked[:among])  # noqa: S311  a choice, no secret


def _is_mentioned(noun: str, other: str) -> bool:
    named = noun.endswith(f" {other}") or other.endswith(f" {noun}")  # a mouse, a computer mouse
    return named or class_of(noun) == class_of(other) != "person" or lexicon().is_a(other, noun)


@cache
def _tiers(noun: str) -> tuple[tuple[str, ...], ...]:
    own = kinds_of(noun)
    categories = {category_of(group) for group in own}
    peers = tuple(peer for group in own for peer in table().peers[group].nouns)
    siblings = tuple(
        peer
        for peer in sorted(peer_nouns())
        if _are_siblings(noun, peer) and (not own or not categories.isdisjoint(map(category_of, groups_of(peer))))
    )
    mixed = categories & _MIXED
    rest = tuple(peer for group in table().peers.values() if group.category in mixed for peer in group.nouns)
    return peers, siblings, rest


def _are_siblings(one: str, other: str) -> bool:
    """Whether the first senses share a parent or a grandparent that is specific enough."""
    first, second = first_sense(one), first_sense(other)
    if not first or not second:
        return False
    near = [lexicon().kinds(sense)[1:3] for sense in (first[0], second[0])]
    return any(len(lexicon().kinds(shared)) >= _DEPTH for shared in set(near[0]) & set(near[1]))


def _suits(mention: Mention, old: tuple[str, ...], noun: str) -> bool:
    """Whether number, context, adjectives and pronouns of the caption fit the noun."""
    known, new = thing(noun), groups_of(noun)
    if not _counts_alike(mention, noun):
        return False
    if old and not fits(mention.caption[: mention.start], mention.caption[mention.end :], old, new, noun):
        return False
    if known.age and _MISFIT[known.age].search(mention.text):
        return False
    if "person" not in {category_of(group) for group in new}:
        return True
    pronouns = mention.caption[mention.end :]
    return not (_HER.search(pronouns) and known.sex == "male") and not (_HIS.search(pronouns) and known.sex == "female")


def _counts_alike(mention: Mention, noun: str) -> bool:
    """Whether a mass noun replaces a mass noun and a count noun a count noun, since article and number stay."""
    if noun in ONE_IN_PLURAL:
        return False
    return thing(noun).mass if mention.mass else thing(noun).counted or not thing(noun).mass
