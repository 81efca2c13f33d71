"""Groups of peers that a noun belongs to, whether two nouns name one thing, and which nouns name things."""

from functools import cache

from services.english.lexicon import lexicon
from services.english.things import class_of, groups_of, peer_nouns
from services.english.vocabulary import NOT_THINGS


@cache
def kinds_of(noun: str) -> tuple[str, ...]:
    """The groups of peers of a noun: by its name, else of the nearest hypernym that the table lists."""
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
    ranked = [(first.index(sense), peer) for peer in peer_nouns() for sense in first_sense(peer) if sense in first]
    if not ranked:
        return ()
    nearest = min(rank for rank, _ in ranked)
    return tuple(dict.fromkeys(group for rank, peer in sorted(ranked) if rank == nearest for group in groups_of(peer)))


def same_thing(one: str, other: str) -> bool:
    """Whether two nouns name one thing, also to the detector, or one is a hypernym of the other."""
    if _detected_class(one) == _detected_class(other) != "person":
        return True
    return lexicon().is_a(one, other) or lexicon().is_a(other, one)


def is_thing(noun: str) -> bool:
    """Whether a noun names something that an edit can exchange: no place, no part of a body, no substance."""
    if kinds_of(noun):
        return True
    known = lexicon().noun(noun)
    if known is None or known.doubtful or not known.senses:
        return False
    above = set(lexicon().kinds(known.senses[0]))
    return not any(set(first_sense(place)) & above for place in NOT_THINGS)


@cache
def first_sense(noun: str) -> tuple[int, ...]:
    """The synset that a noun means first, if the lexicon has it."""
    known = lexicon().noun(noun)
    return known.senses[:1] if known is not None else ()


def _detected_class(noun: str) -> str:
    """The detector's class of a noun, or of its head where it has no own one: a kitchen table is a dining table."""
    head = noun.rpartition(" ")[2]
    is_kind = class_of(noun) == noun and class_of(head) != head and lexicon().is_a(noun, head)
    return class_of(head if is_kind else noun)
