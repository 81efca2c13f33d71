"""What a thing is called: a class of the detector, a kind of several, or a class or kind of the classifier.

The detector's scores of three looks and the classifier's probability of a class's kinds are weighed into one
probability by class and one for `none of them`. `python -m training.naming` fits the weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from imgdiff.evidence import WordSource
from services.captioning.looking import Looks
from services.embedded.classifier import imagenet_labels
from services.embedded.detector import detected_labels
from services.embedded.lexicon import lexicon

WEIGHTS = (0.84, 0.77, 0.38, 0.49)  # of the log odds: in the surroundings, near, far, classified
UNCLASSIFIED = 0.35  # for a class that the classifier does not know
NONE = 5.2
_SURE = 0.7  # probability at which a class is the name
_KIND = 0.6  # and a kind of several
_CERTAIN = 0.65  # probability at which the classifier's class is the name, where the detector knows none
_CERTAIN_KIND = 0.8
_FLOORS = 0.02, 0.002  # probabilities of detector and classifier are kept this far from 0 and 1
FAMILIES: Mapping[str, Sequence[str]] = {
    "animal": ("bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"),
    "vehicle": ("bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat"),
    "furniture": ("bench", "chair", "couch", "bed", "dining table"),
    "food": ("banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake"),
    "appliance": ("microwave", "oven", "toaster", "refrigerator"),
    "container": ("bottle", "wine glass", "cup", "bowl", "vase"),
}
_KINDS = ("bird", "fish", "snake", "lizard", "frog", "insect", "spider", "monkey", "mushroom", "flower", "fruit",
          "vegetable", "building", "ship", "musical instrument", "clothing", "hat", "weapon", "animal",
          "vehicle")  # fmt: skip  # that the classifier's classes have in common, narrow ones first
_DRAWN = frozenset({"web site", "menu", "envelope", "book jacket", "comic book", "crossword puzzle", "scoreboard",
                    "monitor", "screen", "notebook", "window screen", "digital clock", "rule", "binder",
                    "matchstick", "nematode", "fire screen"})  # fmt: skip  # what flat and drawn crops are taken for
_ALSO = {  # classes of the classifier that WordNet does not put under the detector's class that shows them
    "sorrel": "horse", "ram": "sheep", "bighorn": "sheep", "ox": "cow", "minivan": "car", "coffee mug": "cup",
    "desktop computer": "laptop", "notebook": "laptop", "monitor": "tv", "screen": "tv", "stove": "oven",
    "washbasin": "sink", "toilet seat": "toilet", "racket": "tennis racket", "pot": "potted plant", "purse": "handbag",
    "goblet": "wine glass", "red wine": "wine glass", "comic book": "book", "book jacket": "book", "liner": "boat",
    "container ship": "boat", "canoe": "boat", "hand blower": "hair drier", "cleaver": "knife",
    "letter opener": "knife", "wooden spoon": "spoon", "ladle": "spoon", "trifle": "cake", "bagel": "donut",
    "teddy": "teddy bear", "computer keyboard": "keyboard", "space bar": "keyboard",
}  # fmt: skip
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Name:
    """A noun, how likely it is right, 0..1, and where it comes from."""

    label: str
    score: float
    source: WordSource


@dataclass(frozen=True)
class Naming:
    """Probability by class of the detector, the rest to 1 being none of them, and by class of the classifier."""

    detected: Floats
    classified: Floats

    @property
    def known(self) -> float:
        """Probability that it is any of the detector's classes."""
        return float(self.detected.sum())

    def supports(self, noun: str) -> float:
        """Probability that the thing is a kind of the noun, by the better of both."""
        both = ((self.detected, detected_labels()), (self.classified, imagenet_labels()))
        return max(float(shares[_are(labels, noun)].sum()) for shares, labels in both)

    def name(self) -> Name | None:
        """The narrowest noun that is sure; null when none is."""
        labels, best = detected_labels(), int(self.detected.argmax())
        if self.detected[best] >= _SURE:
            return Name(labels[best], float(self.detected[best]), WordSource.DETECTOR)
        for family, members in sorted(FAMILIES.items(), key=lambda item: len(item[1])):
            share = float(sum(self.detected[labels.index(one)] for one in members))
            if share >= _KIND:
                return Name(family, share, WordSource.DETECTOR)
        return self._classified()

    def _classified(self) -> Name | None:
        best = int(self.classified.argmax())
        label, score = imagenet_labels()[best], float(self.classified[best])
        if score >= _CERTAIN:
            return None if label in _DRAWN else Name(label, score, WordSource.CLASSIFIER)
        for kind in _KINDS:
            share = float(self.classified[_are(imagenet_labels(), kind)].sum())
            if share >= _CERTAIN_KIND:
                return Name(kind, share, WordSource.CLASSIFIER)
        return None


def naming(looks: Looks) -> Naming:
    """What the looks amount to."""
    scores = np.tensordot(evidence(looks), np.array([*WEIGHTS, UNCLASSIFIED], np.float32), 1)
    raised = np.exp(np.append(scores, NONE) - max(float(scores.max()), NONE))
    return Naming((raised[:-1] / raised.sum()).astype(np.float32), looks.classified)


def together(one: Naming, other: Naming) -> Naming:
    """Of two looks at one thing."""
    half = np.float32(0.5)
    return Naming(half * (one.detected + other.detected), half * (one.classified + other.classified))


def evidence(looks: Looks) -> Floats:
    """One row a class of the detector; log odds above their floor by look, and whether the last cannot know it."""
    kinds = _kinds_of_detected()
    unknown = ~kinds.any(axis=0)
    classified = np.where(unknown, 0, _log_odds(looks.classified @ kinds, _FLOORS[1]))
    detected = [_log_odds(one, _FLOORS[0]) for one in looks.detected]
    return np.stack([*detected, classified, unknown], axis=-1).astype(np.float32)


def _log_odds(probabilities: Floats, floor: float) -> Floats:
    kept = np.clip(probabilities, floor, 1 - floor)
    return np.asarray(np.log(kept / (1 - kept)) - np.log(floor / (1 - floor)), np.float32)


@cache
def _kinds_of_detected() -> Floats:
    """1 where the classifier's class (row) is a kind of the detector's (column)."""
    columns = [_are(imagenet_labels(), label) for label in detected_labels()]
    for name, label in _ALSO.items():
        columns[detected_labels().index(label)][imagenet_labels().index(name)] = True
    return np.stack(columns, axis=-1).astype(np.float32)


@cache
def _are(labels: tuple[str, ...], noun: str) -> NDArray[np.bool_]:
    """Which of the labels are kinds of the noun."""
    return np.array([lexicon().is_a(label, noun) for label in labels])
