"""The segmenter that is asked for nouns: a detector of nouns proposes the places and decides whether they show them."""

from collections.abc import Mapping, Sequence

import numpy as np

from imgdiff.boxes import iou
from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.detection.area_generator.segmentation import Segment, Segmenter
from services.detection.limits import FOUND_AT, REMEMBERED_FINDS
from services.detection.memo import key_of
from services.english.exchange import ExchangedNouns
from services.gpu.noun_detector import FoundNoun, NounDetector
from services.matching.object_matcher import Crop


class NounSegmenter:
    """See `PromptedSegmenter` and `ObjectMatcher`: both ask the detector the same, which runs once.

    Without nouns the places are those of `otherwise`, where there is one.
    """

    crops_at_once = 1  # what was found is looked up
    looks_around = True

    def __init__(self, detector: NounDetector, otherwise: Segmenter | None = None) -> None:
        self._detector = detector
        self.otherwise = otherwise
        self._known: dict[tuple[object, str], list[FoundNoun]] = {}

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
        asked = [(image, noun) for image, named in zip(images, nouns, strict=True) for noun in named]
        found = iter(self._find(asked))
        return [[_segment(one) for _ in named for one in next(found)] for named in nouns]

    def match_nouns(self, crops: Sequence[Crop], nouns: Sequence[Sequence[str]]) -> list[float]:
        """The best score of a thing that lies there; 0 where none does."""
        asked = [(crop.image, noun) for crop, named in zip(crops, nouns, strict=True) for noun in named]
        found = iter(self._find(asked))
        return [
            max((one.score for _ in named for one in next(found) if iou(one.box, crop.box) >= FOUND_AT), default=0.0)
            for crop, named in zip(crops, nouns, strict=True)
        ]

    def _find(self, asked: Sequence[tuple[RGB, str]]) -> list[list[FoundNoun]]:
        digests = {id(image): key_of(image) for image, _ in asked}
        keys = [(digests[id(image)], noun) for image, noun in asked]
        if len(self._known) > REMEMBERED_FINDS:
            self._known.clear()
        missing = {key: one for key, one in zip(keys, asked, strict=True) if key not in self._known}
        self._known.update(zip(missing, self._detector.find(list(missing.values())), strict=True))
        return [self._known[key] for key in keys]


def _segment(one: FoundNoun) -> Segment:
    x1, y1, x2, y2 = one.box
    return Segment(one.box, np.ones((y2 - y1, x2 - x1), bool) if one.mask is None else one.mask)
