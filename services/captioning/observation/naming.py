"""Naming: the class of the detector or the classifier that a thing is, the kind of several, or neither.

The detector's scores in three crops and the classifier's probabilities are weighed into one probability for every name
and one for none of them. `python -m training.naming` fits the weights on objects of photos pasted into others, on the
ground where they were not, and on pictures of things that the detector has no class for.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from imgdiff.evidence import WordSource
from services.captioning.limits import REMEMBERED_NOUNS, RULED_OUT, SEEN_IN_PLACE, SURE_CLASS, SURE_KIND, WELL_KNOWN
from services.captioning.observation.features import Features
from services.english.kinds import may_be_called
from services.english.lexicon import lexicon
from services.english.things import thing
from services.english.vocabulary import DRAWN, KINDS
from services.imaging.arrays import Floats
from services.networks.labels import coco_labels, imagenet_labels

# Fitted by `python -m training.naming`, in log odds.
DETECTED = (0.51, 0.67, 0.38)  # weights of the log odds: in the surroundings, near, far
CLASSIFIED = 0.46, 0.28  # of the classifier's kinds of a detector's class; for a class that it does not know
OTHER = 1.18, -2.69  # of a class that only the classifier knows, and its constant
NONE = 5.27  # constant of none of the names
_FLOORS = 0.02, 0.002  # least distance of the detector's and the classifier's probabilities from 0 and 1; chosen


@dataclass(frozen=True)
class Name:
    """A noun, its probability, 0..1, and its source."""

    label: str
    score: float
    source: WordSource


@dataclass(frozen=True)
class Naming:
    """Probability of every one of `names()`, (names,); the remainder to 1 is that of none of them.

    `seen` is the name in the surroundings, where the cut-outs do not contradict it.
    """

    probabilities: Floats
    seen: Name | None = None

    def supports(self, noun: str) -> float:
        """Probability that the thing may be called so, 0..1."""
        seen = self.seen.score if self.seen is not None and may_be_called(self.seen.label, noun) else 0.0
        return max(float(self.probabilities[names_called(noun)].sum()), seen)

    def name(self) -> Name | None:
        """The narrowest noun that is sure; null when none is."""
        return self._sure_name() or self.seen

    def _sure_name(self) -> Name | None:
        best = int(self.probabilities.argmax())
        known = len(coco_labels())
        if self.probabilities[best] >= SURE_CLASS:
            source = WordSource.DETECTOR if best < known else WordSource.CLASSIFIER
            return Name(names()[best], float(self.probabilities[best]), source)
        for kind in KINDS:
            shares = np.where(names_called(kind), self.probabilities, 0)
            if shares.sum() >= SURE_KIND:
                source = WordSource.DETECTOR if shares.argmax() < known else WordSource.CLASSIFIER
                return Name(kind, float(shares.sum()), source)
        return None


def name_probabilities(features: Features, *, small: bool = False) -> Naming:
    """Probabilities of all names; cut-outs of a `small` thing are too coarse to contradict its surroundings."""
    weights = np.array([*DETECTED, *CLASSIFIED], np.float32)
    slope, constant = OTHER
    scores = np.concatenate(
        [detected_evidence(features) @ weights, slope * other_evidence(features) + constant, [NONE]]
    )
    raised = np.exp(scores - scores.max())
    return Naming((raised[:-1] / raised.sum()).astype(np.float32), _name_in_place(features, small))


def combine(one: Naming, other: Naming) -> Naming:
    """The mean of two namings of one thing."""
    seen = one.seen or other.seen
    if one.seen and other.seen and one.seen.label != other.seen.label:
        seen = None
    return Naming(np.float32(0.5) * (one.probabilities + other.probabilities), seen)


def _name_in_place(features: Features, small: bool) -> Name | None:
    best = int(features.detected[0].argmax())
    score = float(features.detected[0, best])
    otherwise = float(np.delete(features.detected[1:], best, axis=1).max())
    kinds = _kinds_of_detected()[:, best]
    ruled_out = kinds.sum() >= WELL_KNOWN and float(features.classified @ kinds) < RULED_OUT
    if score < SEEN_IN_PLACE or ruled_out or (otherwise >= SEEN_IN_PLACE and not small):
        return None
    return Name(coco_labels()[best], score, WordSource.DETECTOR)


def detected_evidence(features: Features) -> Floats:
    """Log odds above their floor, (detector's classes, 5): three crops, classifier, 1 where that lacks the class."""
    kinds = _kinds_of_detected()
    unknown = ~kinds.any(axis=0)
    classified = np.where(unknown, 0, _log_odds(features.classified @ kinds, _FLOORS[1]))
    detected = [_log_odds(one, _FLOORS[0]) for one in features.detected]
    return np.stack([*detected, classified, unknown], axis=-1).astype(np.float32)


def other_evidence(features: Features) -> Floats:
    """Log odds above their floor of every class that only the classifier has."""
    return _log_odds(features.classified[list(_others())], _FLOORS[1])


@cache
def names() -> tuple[str, ...]:
    """The detector's classes, then those that only the classifier has."""
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
    """Indices of the classifier's classes that are no kind of the detector's and not drawn."""
    known = _kinds_of_detected().max(axis=1) > 0
    return tuple(index for index, name in enumerate(imagenet_labels()) if not known[index] and name not in DRAWN)


@cache
def _kinds_of_detected() -> Floats:
    """1 where the classifier's class (row) is a kind of the detector's (column)."""
    is_a = lexicon().is_a
    kinds = [
        [name in thing(label).imagenet or is_a(name, label) for label in coco_labels()] for name in imagenet_labels()
    ]
    return np.array(kinds, np.float32)
