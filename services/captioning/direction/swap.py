"""Swap: whether the images contradict what is claimed of their order, at the places where they differ."""

from collections.abc import Callable, Iterator, Sequence

from imgdiff.evidence import ImageNumber
from services.captioning.direction.claimed_sides import ClaimedSides, ClaimedThing
from services.captioning.limits import UPHELD
from services.captioning.observation.evidence_source import IMAGES, EvidenceSource, other
from services.english.colours import terms_of


def measure_swap(claimed: ClaimedSides, places: Sequence[EvidenceSource]) -> float:
    """How surely the images are in the other order, 0..1; 0 where one place speaks for the claimed order.

    At one place at least a thing must be in the image that is said to lack it, and the other one must lack it; of
    colours both images must have the other's. Client's captions are no evidence here.
    """
    measured = [value for evidence in places for value in _measure(claimed, evidence)]
    if any(value <= -UPHELD for value in measured):
        return 0.0
    return round(max(0.0, *measured), 4) if measured else 0.0


def _measure(claimed: ClaimedSides, evidence: EvidenceSource) -> Iterator[float]:
    """What one place says of every claim: up to 1 against it, down to -1 for it."""
    for thing in claimed.things:
        lacking = other(thing.image)
        against = evidence.support(lacking, thing.noun) - evidence.support(thing.image, thing.noun)
        yield against if against <= 0 or _is_gone(thing, evidence) else 0.0
    for before, after in claimed.colours:
        first, second = (_shares(evidence, image) for image in IMAGES)
        yield min(first(after) - first(before), second(before) - second(after))


def _is_gone(thing: ClaimedThing, evidence: EvidenceSource) -> bool:
    """Whether the image that is said to show a thing lacks it at this place, and if need be everywhere."""
    elsewhere = thing.anywhere and evidence.elsewhere(thing.image, thing.noun)
    return evidence.lacks(thing.image, thing.noun) and not elsewhere


def _shares(evidence: EvidenceSource, image: ImageNumber) -> Callable[[str], float]:
    """The share of a colour, by its word, in the changed pixels of an image."""
    shares = evidence.colours(image)
    return lambda word: max((shares.get(term, 0.0) for term in terms_of(word)), default=0.0)
