"""The segmenter that is asked for nouns: a detector of nouns proposes the places and decides whether they show them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from imgdiff.boxes import iou
from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.detection.area_generator.segmentation import Segment, Segmenter
from services.detection.limits import FOUND_AT
from services.english.exchange import ExchangedNouns
from services.gpu.noun_detector import FoundNoun, NounDetector
from services.matching.object_matcher import Crop
from services.networks.feature_cache import Key, key_of

_Question = tuple[RGB, str]
_Key = tuple[Key, str]


class NounSegmenter:
    """See `PromptedSegmenter` and `ObjectMatcher`: both ask the detector the same, which runs once in a batch.

    Found things are remembered until the next batch, without their masks, which may take gigabytes. Without nouns the
    places are those of `otherwise`, where there is one.
    """

    crops_at_once = 1  # what was found is looked up
    looks_around = True

    def __init__(self, detector: NounDetector, otherwise: Segmenter | None = None) -> None:
        self._detector = detector
        self.otherwise = otherwise
        self._known: dict[_Key, list[FoundNoun]] = {}

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """See `ObjectMatcher`; none beside those of the segmenter."""
        return ()

    @property
    def calibrated(self) -> Mapping[str, float]:
        """The detector's own limit: what it finds matches."""
        return {"object.mismatch": self._detector.least_score}

    def choose(self, nouns: ExchangedNouns) -> ExchangedNouns:
        """All: the detector knows any noun."""
        return nouns

    def segment_nouns(self, images: Sequence[RGB], nouns: Sequence[Sequence[str]]) -> list[list[Segment]]:
        """The things in each image that any of its nouns names; a box without a mask is filled."""
        asked = _ask([(image, noun) for image, named in zip(images, nouns, strict=True) for noun in named])
        found = self._find(dict(asked))
        self._known = {key: [replace(one, mask=None) for one in things] for key, things in found.items()}
        keys = iter(key for key, _ in asked)
        return [[_segment(one) for _ in named for one in found[next(keys)]] for named in nouns]

    def match_nouns(self, crops: Sequence[Crop], nouns: Sequence[Sequence[str]]) -> list[float]:
        """The best score of a thing that lies there; 0 where none does."""
        asked = _ask([(crop.image, noun) for crop, named in zip(crops, nouns, strict=True) for noun in named])
        found = self._known | self._find({key: one for key, one in asked if key not in self._known})
        keys = iter(key for key, _ in asked)
        return [
            max(
                (one.score for _ in named for one in found[next(keys)] if iou(one.box, crop.box) >= FOUND_AT),
                default=0.0,
            )
            for crop, named in zip(crops, nouns, strict=True)
        ]

    def _find(self, asked: Mapping[_Key, _Question]) -> dict[_Key, list[FoundNoun]]:
        return dict(zip(asked, self._detector.find(list(asked.values())), strict=True)) if asked else {}


def _ask(questions: Sequence[_Question]) -> list[tuple[_Key, _Question]]:
    """Each question with a key that is equal for equal pixels and nouns."""
    digests = {id(image): key_of(image) for image, _ in questions}
    return [((digests[id(image)], noun), (image, noun)) for image, noun in questions]


def _segment(one: FoundNoun) -> Segment:
    x1, y1, x2, y2 = one.box
    return Segment(one.box, np.ones((y2 - y1, x2 - x1), bool) if one.mask is None else one.mask)
