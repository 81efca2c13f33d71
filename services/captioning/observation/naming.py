"""What a thing is called: a class of the detector or the classifier, a kind that several likely ones share, or nothing.

The detector's scores of three looks and the classifier's probabilities are weighed into one probability for every name
and one for `none of them`. `python -m training.naming` fits the weights on objects of photos pasted into others, on the
ground where they were not, and on pictures of things that the detector has no class for.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from imgdiff.evidence import WordSource
from services.captioning.observation.crops import Looks
from services.captioning.observation.kinds import bears_out
from services.english.lexicon import lexicon
from services.english.things import thing
from services.networks.labels import coco_labels, imagenet_labels

DETECTED = (0.51, 0.67, 0.38)  # weights of the log odds: in the surroundings, near, far
CLASSIFIED = 0.46, 0.28  # of the classifier's kinds of a detector's class; for a class that it does not know
OTHER = 1.18, -2.69  # of a class that only the classifier knows, and its constant
NONE = 5.27
LIKELY = 0.3
"""Probability at which a thing may be called so, when somebody else does."""
_SURE = 0.5  # probability at which a class is the name
_KIND = 0.7  # and a kind of several
_SEEN = 0.5  # score in the surroundings that is enough where nothing else is sure and no cut-out scores as much
_KNOWN_WELL = 20  # kinds of a bird or a dog that the classifier knows, so that it may deny that it is one
_DENIED = 0.01
_REMEMBERED = 1024  # nouns asked about, a kilobyte each
_FLOORS = 0.02, 0.002  # probabilities of detector and classifier are kept this far from 0 and 1
_KINDS = ("bird", "fish", "snake", "lizard", "frog", "insect", "spider", "monkey", "mushroom", "flower", "fruit",
          "vegetable", "building", "ship", "musical instrument", "clothing", "hat", "weapon", "furniture", "appliance",
          "food", "vehicle", "plant", "animal")  # fmt: skip  # narrow ones first
_DRAWN = frozenset({"web site", "menu", "envelope", "book jacket", "comic book", "crossword puzzle", "scoreboard",
                    "monitor", "screen", "notebook", "window screen", "digital clock", "rule", "binder",
                    "matchstick", "nematode", "fire screen"})  # fmt: skip  # what flat and drawn crops are taken for
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Name:
    """A noun, how likely it is right, 0..1, and where it comes from."""

    label: str
    score: float
    source: WordSource


@dataclass(frozen=True)
class Naming:
    """Probability of every one of `names()`; what is missing to 1 is the probability of none of them.

    `seen` is what the thing is in its surroundings, where the cut-outs do not say otherwise.
    """

    probabilities: Floats
    seen: Name | None = None

    def supports(self, noun: str) -> float:
        """Probability that the thing may be called so."""
        seen = self.seen.score if self.seen is not None and bears_out(self.seen.label, noun) else 0.0
        return max(float(self.probabilities[are(noun)].sum()), seen)

    def name(self) -> Name | None:
        """The narrowest noun that is sure; null when none is."""
        return self._sure() or self.seen

    def _sure(self) -> Name | None:
        best = int(self.probabilities.argmax())
        known = len(coco_labels())
        if self.probabilities[best] >= _SURE:
            source = WordSource.DETECTOR if best < known else WordSource.CLASSIFIER
            return Name(names()[best], float(self.probabilities[best]), source)
        for kind in _KINDS:
            shares = np.where(are(kind), self.probabilities, 0)
            if shares.sum() >= _KIND:
                source = WordSource.DETECTOR if shares.argmax() < known else WordSource.CLASSIFIER
                return Name(kind, float(shares.sum()), source)
        return None


def naming(looks: Looks, *, small: bool = False) -> Naming:
    """What the looks amount to; of a small thing the cut-outs are too coarse to speak against its surroundings."""
    weights = np.array([*DETECTED, *CLASSIFIED], np.float32)
    slope, constant = OTHER
    scores = np.concatenate([detected_evidence(looks) @ weights, slope * other_evidence(looks) + constant, [NONE]])
    raised = np.exp(scores - scores.max())
    return Naming((raised[:-1] / raised.sum()).astype(np.float32), _seen(looks, small))


def together(one: Naming, other: Naming) -> Naming:
    """Of two looks at one thing."""
    seen = one.seen or other.seen
    if one.seen and other.seen and one.seen.label != other.seen.label:
        seen = None
    return Naming(np.float32(0.5) * (one.probabilities + other.probabilities), seen)


def _seen(looks: Looks, small: bool) -> Name | None:
    best = int(looks.detected[0].argmax())
    score = float(looks.detected[0, best])
    otherwise = float(np.delete(looks.detected[1:], best, axis=1).max())
    kinds = _kinds_of_detected()[:, best]
    denied = kinds.sum() >= _KNOWN_WELL and float(looks.classified @ kinds) < _DENIED
    if score < _SEEN or denied or (otherwise >= _SEEN and not small):
        return None
    return Name(coco_labels()[best], score, WordSource.DETECTOR)


def detected_evidence(looks: Looks) -> Floats:
    """One row a class of the detector; log odds above their floor by look, and whether the last cannot know it."""
    kinds = _kinds_of_detected()
    unknown = ~kinds.any(axis=0)
    classified = np.where(unknown, 0, _log_odds(looks.classified @ kinds, _FLOORS[1]))
    detected = [_log_odds(one, _FLOORS[0]) for one in looks.detected]
    return np.stack([*detected, classified, unknown], axis=-1).astype(np.float32)


def other_evidence(looks: Looks) -> Floats:
    """Log odds above their floor of every class that only the classifier knows."""
    return _log_odds(looks.classified[list(_others())], _FLOORS[1])


@cache
def names() -> tuple[str, ...]:
    """The detector's classes, then those that only the classifier knows."""
    return (*coco_labels(), *(imagenet_labels()[index] for index in _others()))


@lru_cache(_REMEMBERED)
def are(noun: str) -> NDArray[np.bool_]:
    """Which of `names()` may be called so."""
    return np.array([bears_out(name, noun) for name in names()])


def _log_odds(probabilities: Floats, floor: float) -> Floats:
    kept = np.clip(probabilities, floor, 1 - floor)
    return np.asarray(np.log(kept / (1 - kept)) - np.log(floor / (1 - floor)), np.float32)


@cache
def _others() -> tuple[int, ...]:
    """Indices of the classifier's classes that are no kind of the detector's, without what drawings look like."""
    known = _kinds_of_detected().max(axis=1) > 0
    return tuple(index for index, name in enumerate(imagenet_labels()) if not known[index] and name not in _DRAWN)


@cache
def _kinds_of_detected() -> Floats:
    """1 where the classifier's class (row) is a kind of the detector's (column)."""
    is_a = lexicon().is_a
    kinds = [
        [name in thing(label).imagenet or is_a(name, label) for label in coco_labels()] for name in imagenet_labels()
    ]
    return np.array(kinds, np.float32)
