"""What may take a thing's place in a caption, and what may be added to it, best first and drawn by a seed."""

import random
import re
from collections.abc import Iterable, Sequence
from functools import cache

from services.editing.rewriting.contexts import fits
from services.editing.rewriting.mentions import Mention
from services.english.lexicon import lexicon
from services.english.things import category_of, class_of, groups_of, peer_nouns, table, thing
from services.english.vocabulary import ONE_IN_PLURAL

MOST = 24
_DRAWN = 5  # of the best
_ENOUGH = 1  # candidates, so that no worse ones are looked for
_MIXED = {"person", "animal", "vehicle"}  # super-categories all of whose things may take one another's place
_DEEP = 6  # kinds above a shared parent: furniture has as many, an artifact fewer
_HIS, _HER = re.compile(r"\b(?:his|he|him|himself)\b", re.I), re.compile(r"\b(?:her|hers|she|herself)\b", re.I)
_MISFIT = {  # adjectives that people of an age do not take
    "young": re.compile(r"\b(?:old|older|elderly|bearded|bald)\b", re.I),
    "grown": re.compile(r"\b(?:little|small|tiny)\b", re.I),
}
_NO_PLACES = ("location", "region", "body of water", "room", "way", "geological formation", "ground", "body part",
              "atmosphere", "land", "area", "vegetation", "substance", "facility", "sky",
              "thoroughfare", "pavement", "floor", "path")  # fmt: skip


def replacements(mention: Mention, others: Iterable[str]) -> list[str]:
    """Nouns in the singular for the thing's place, best first; `others` are the nouns of the rest of the caption.

    First its peers; what has the same parent in WordNet, then the rest of its super-category, only where these are few.
    """
    old, taken = kinds_of(mention.noun), tuple(others)
    found: list[str] = []
    for tier in _tiers(mention.noun):
        found += [
            noun
            for noun in tier
            if noun not in found
            and not same(noun, mention.noun)
            and not any(_is_there(noun, one) for one in taken)
            and _suits(mention, old, noun)
        ]
        if len(found) >= _ENOUGH:
            break
    return found[:MOST]


def drawn(ranked: Sequence[str], seed: int, *, among: int = _DRAWN) -> str:
    """One of the best, each as likely as the others."""
    return random.Random(seed).choice(ranked[:among])  # noqa: S311  a choice, no secret


def same(one: str, other: str) -> bool:
    """Whether two nouns name one thing, to the detector too, or every one of them is one of the others."""
    if _seen_as(one) == _seen_as(other) != "person":
        return True
    return lexicon().is_a(one, other) or lexicon().is_a(other, one)


def _seen_as(noun: str) -> str:
    """The detector's class, also of a kind of it that has no class of its own: a kitchen table is a dining table."""
    last = noun.rpartition(" ")[2]
    return (
        class_of(last)
        if class_of(noun) == noun and class_of(last) != last and lexicon().is_a(noun, last)
        else class_of(noun)
    )


def _is_there(noun: str, other: str) -> bool:
    named = noun.endswith(f" {other}") or other.endswith(f" {noun}")  # a mouse, a computer mouse
    return named or class_of(noun) == class_of(other) != "person" or lexicon().is_a(other, noun)


@cache
def kinds_of(noun: str) -> tuple[str, ...]:
    """Groups of the table that a noun belongs to: by its name, else by the nearest kind that the table has."""
    listed = groups_of(noun)
    if listed:
        return listed
    known = lexicon().noun(noun)
    if known is None:
        return ()
    listed = groups_of(known.lemma)
    if listed or not known.senses:
        return listed
    first = lexicon().kinds(known.senses[0])
    ranked = [(first.index(sense), one) for one in peer_nouns() for sense in _first_sense(one) if sense in first]
    if not ranked:
        return ()
    nearest = min(rank for rank, _ in ranked)
    return tuple(dict.fromkeys(group for rank, one in sorted(ranked) if rank == nearest for group in groups_of(one)))


def is_thing(noun: str) -> bool:
    """Whether a noun names something that an edit can exchange: no place, no part of a body, no stuff."""
    if kinds_of(noun):
        return True
    known = lexicon().noun(noun)
    if known is None or known.doubtful or not known.senses:
        return False
    above = set(lexicon().kinds(known.senses[0]))
    return not any(set(_first_sense(place)) & above for place in _NO_PLACES)


@cache
def _first_sense(noun: str) -> tuple[int, ...]:
    known = lexicon().noun(noun)
    return known.senses[:1] if known is not None else ()


@cache
def _tiers(noun: str) -> tuple[tuple[str, ...], ...]:
    own = kinds_of(noun)
    peers = tuple(one for group in own for one in table().peers[group].nouns)
    siblings = tuple(
        one for one in sorted(peer_nouns()) if _siblings(noun, one) and (not own or _of_one_sort(own, one))
    )
    kinds = {category_of(group) for group in own}
    kinds &= _MIXED
    rest = tuple(one for group in table().peers.values() if group.category in kinds for one in group.nouns)
    return peers, siblings, rest


def _of_one_sort(own: Sequence[str], noun: str) -> bool:
    return not {category_of(group) for group in own}.isdisjoint(map(category_of, groups_of(noun)))


def _siblings(one: str, other: str) -> bool:
    """Whether the first senses share a parent or a grandparent that is itself of some kind."""
    first, second = _first_sense(one), _first_sense(other)
    if not first or not second:
        return False
    near = [lexicon().kinds(sense)[1:3] for sense in (first[0], second[0])]
    return any(len(lexicon().kinds(shared)) >= _DEEP for shared in set(near[0]) & set(near[1]))


def _counts_alike(mention: Mention, noun: str) -> bool:
    """Stuff for stuff and things for things, since article and number stay."""
    if noun in ONE_IN_PLURAL:
        return False
    return thing(noun).mass if mention.mass else thing(noun).counted or not thing(noun).mass


def _suits(mention: Mention, old: tuple[str, ...], noun: str) -> bool:
    new = groups_of(noun)
    if not _counts_alike(mention, noun):
        return False
    if old and not fits(mention, old, new, noun):
        return False
    known = thing(noun)
    misfit = _MISFIT[known.age] if known.age else None
    if misfit and misfit.search(mention.text):
        return False
    if "person" in {category_of(group) for group in new}:
        pronouns = mention.caption[mention.end :]
        return not (_HER.search(pronouns) and known.sex == "male") and not (
            _HIS.search(pronouns) and known.sex == "female"
        )
    return True
