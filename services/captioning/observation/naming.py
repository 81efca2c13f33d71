"""Naming: the class of the detector that a thing is, the kind of several likely ones, or neither.

The detector's scores in three crops and the probabilities of two classifiers are weighed into one probability for every
name and one for none of them. `python -m training.naming` fits the weights on objects of photos pasted into others, on
places, shadows and textures without objects, and on pictures of things that the detector has no class for.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from imgdiff.evidence import WordSource
from services.captioning.limits import (
    CONFIRMED,
    CONTRADICTED,
    NAMED_FROM,
    REMEMBERED_NOUNS,
    SEEN_IN_PLACE,
    SURE_CLASS,
    SURE_KIND,
    WELL_CLASSIFIED_FROM,
)
from services.captioning.observation.features import Features
from services.english.kinds import may_be_called
from services.english.lexicon import lexicon
from services.english.things import thing
from services.english.vocabulary import DRAWN, KINDS
from services.imaging.arrays import Flags, Floats
from services.networks.labels import coco_labels, imagenet_labels

# Fitted by `python -m training.naming`, in log odds.
DETECTED = (0.85, 1.03, 0.13)  # weights of the log odds: in the surroundings, near, far
CLASSIFIED = (0.83, 0.52, -0.25)  # of the classifiers' kinds of a detector's class: first, second, second in the box
UNCLASSIFIED = -0.2  # for a class that the classifiers do not know
OTHER = 1.18, -2.69  # of a class that only the classifiers know, and its constant
NONE = 6.61  # constant of none of the names
_FLOORS = 0.02, 0.004  # least distance of the detector's and the classifiers' probabilities from 0 and 1; chosen


@dataclass(frozen=True)
class Name:
    """A noun, its probability, 0..1, and its source; `confirmed` where a second network, trained apart, agrees."""

    label: str
    score: float
    source: WordSource
    confirmed: bool = False


@dataclass(frozen=True)
class Naming:
    """Probability of every one of `names()`, (names,); the remainder to 1 is that of none of them.

    `sayable` and `confirmed` flag the detector's classes that are seen in place and not contradicted, and those that
    the classifiers confirm; null for all and for none. `seen` is the noun of several things that were counted.
    """

    probabilities: Floats
    sayable: Flags | None = None
    confirmed: Flags | None = None
    seen: Name | None = None

    def supports(self, noun: str) -> float:
        """Probability that the thing may be called so, 0..1."""
        seen = self.seen.score if self.seen is not None and may_be_called(self.seen.label, noun) else 0.0
        return max(float(self.probabilities[names_called(noun)].sum()), seen)

    def name(self) -> Name | None:
        """The narrowest noun that is sure; null when none is."""
        if self.seen is not None:
            return self.seen
        known = self.probabilities[: len(coco_labels())]
        sayable = np.ones(len(known), bool) if self.sayable is None else self.sayable
        confirmed = np.zeros(len(known), bool) if self.confirmed is None else self.confirmed
        best = int(known.argmax())
        if known[best] >= SURE_CLASS:
            name = Name(coco_labels()[best], float(known[best]), WordSource.DETECTOR, bool(confirmed[best]))
            return name if sayable[best] else None
        for kind in KINDS:
            called = names_called(kind)
            share = float(self.probabilities[called].sum())
            of_kind = called[: len(known)] & sayable
            if share >= SURE_KIND and of_kind.any():
                return Name(kind, share, WordSource.DETECTOR, bool((of_kind & confirmed).any()))
        return None


def name_probabilities(features: Features, side: int) -> Naming:
    """Probabilities of all names; `side` is the shorter side of the thing's box in pixels.

    The classifiers contradict a class that they know well where the thing is large enough to be classified.
    """
    weights = np.array([*DETECTED, *CLASSIFIED, UNCLASSIFIED], np.float32)
    slope, constant = OTHER
    scores = np.concatenate(
        [detected_evidence(features) @ weights, slope * other_evidence(features) + constant, [NONE]]
    )
    raised = np.exp(scores - scores.max())
    kinds = features.classified @ _kinds_of_detected()
    known = _kinds_of_detected().any(axis=0)
    contradicted = known & (kinds[1:].max(axis=0) < CONTRADICTED) & (side >= WELL_CLASSIFIED_FROM)
    sayable = (features.detected[0] >= SEEN_IN_PLACE) & ~contradicted & (side >= NAMED_FROM)
    return Naming((raised[:-1] / raised.sum()).astype(np.float32), sayable, kinds.max(axis=0) >= CONFIRMED)


def detected_evidence(features: Features) -> Floats:
    """Log odds above their floor, (detector's classes, 7): three crops, three classified, 1 for an unknown class."""
    kinds = _kinds_of_detected()
    unknown = ~kinds.any(axis=0)
    classified = [np.where(unknown, 0, _log_odds(one @ kinds, _FLOORS[1])) for one in features.classified]
    detected = [_log_odds(one, _FLOORS[0]) for one in features.detected]
    return np.stack([*detected, *classified, unknown], axis=-1).astype(np.float32)


def other_evidence(features: Features) -> Floats:
    """Log odds above their floor of every class that only the classifiers have."""
    return _log_odds(features.classified[0, list(_others())], _FLOORS[1])


@cache
def names() -> tuple[str, ...]:
    """The detector's classes, then those that only the classifiers have."""
    return (*coco_labels(), *(imagenet_labels()[index] for index in _others()))


@lru_cache(REMEMBERED_NOUNS)
def names_called(noun: str) -> NDArray[np.bool_]:
    """Which of `names()` may be called so."""
    return np.array([may_be_called(name, noun) for name in names()])


def _log_odds(probabilities: Floats, floor: float) -> Floats:
    kept = np.clip(probabilities, floor, 1 - floor)
    return np.asarray(np.log(kept / (1 - kept)) - np.log(floor / (1 - floor)), np.float32)


@cache
def _others() -> tuple[int, ...]:
    """Indices of the classifiers' classes that are no kind of the detector's and not drawn."""
    known = _kinds_of_detected().max(axis=1) > 0
    return tuple(index for index, name in enumerate(imagenet_labels()) if not known[index] and name not in DRAWN)


@cache
def _kinds_of_detected() -> Floats:
    """1 where the classifiers' class (row) is a kind of the detector's (column)."""
    is_a = lexicon().is_a
    kinds = [
        [name in thing(label).imagenet or is_a(name, label) for label in coco_labels()] for name in imagenet_labels()
    ]
    return np.array(kinds, np.float32)
