"""The networks that editing sees with: objects, their masks, and whether a filled place looks like its surroundings."""

from dataclasses import replace

import cv2
import numpy as np

from imgdiff.boxes import area, intersection, iou, shift
from imgdiff.images import RGB
from imgdiff.records import Box
from services.editing.limits import (
    INSIDE,
    LARGEST_JUDGED_HOLE,
    LEAST_SCORE_ALONE,
    LEAST_SCORE_WHEN_CONFIRMING,
    SAME_PLACE,
    UNJUDGED,
)
from services.editing.photo.segmentation import measure_stability, segment_object
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import grow, window
from services.imaging.masks import bounds, grow_mask
from services.imaging.resizing import resize
from services.networks.detector import WEIGHTS as DETECTOR_WEIGHTS
from services.networks.detector import DetectedObject, ObjectDetector
from services.networks.feature_cache import FeatureCache
from services.networks.tokens import PATCH, PatchTokens
from services.networks.tokens import WEIGHTS as TOKEN_WEIGHTS

WEIGHTS = (*DETECTOR_WEIGHTS, *TOKEN_WEIGHTS)
_WINDOW_TOKENS = 1024  # of the window around a filled place; chosen, not measured
_WINDOW_MARGIN = 1.5, 24  # sizes of the hole and pixels around it; chosen, not measured
_LOOK_WEIGHT = 0.45  # of the flattest tokens beside the deepest; fitted to grades by eye of 163 filled places
_LEAST_AROUND = 12  # tokens around a hole, without which it has no score; chosen, not measured
_ALONE_MARGIN = 0.3, 8  # share of the object's box and pixels around it; chosen, not measured
_GREY = 118  # mid-grey in sRGB, CIELAB lightness 50
_SMALL_BOX_MARGIN = 1.0, 16  # share of the box and pixels around it; chosen, not measured
_SMALL_BOX = 0.5  # share of the photo that a box with its margin covers, above which it needs no view of its own


class PhotoVision:
    """See `Vision`: the detector and the patch tokens, loaded once."""

    def __init__(self, threads: int, cache: FeatureCache | None = None) -> None:
        self._detector = ObjectDetector(threads, cache)
        self._tokens = PatchTokens(threads)
        self.labels = self._detector.labels

    def detect(self, image: RGB) -> list[DetectedObject]:
        """See `Vision`."""
        return self._detector.detect(image)

    def mask(self, image: RGB, box: Box) -> Flags:
        """See `Vision`."""
        return segment_object(image, box, self._tokens)

    def outline_stability(self, image: RGB, box: Box) -> float:
        """See `Vision`."""
        return measure_stability(image, box, self._tokens)

    def score_alone(self, image: RGB, mask: Flags, label: str) -> float:
        """See `Vision`."""
        box = bounds(mask)
        around = grow(box, _ALONE_MARGIN[1], image.shape, share=_ALONE_MARGIN[0])
        crop, inside = image[window(around)], mask[window(around)]
        opacity = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1.0)[..., None]
        blurred = cv2.GaussianBlur(crop, (0, 0), max(crop.shape[:2]) / 8)
        place = shift(box, -around[0], -around[1])
        views = (
            np.rint(crop * opacity + ground * (1 - opacity)).astype(np.uint8)
            for ground in (np.full_like(crop, _GREY), blurred)
        )
        return min(_best_score(self._detector.detect(view, LEAST_SCORE_ALONE), label, place) for view in views)

    def tokens(self, image: RGB) -> Floats:
        """See `Vision`."""
        return self._tokens(image)

    def score_at(self, image: RGB, label: str, box: Box) -> float:
        """See `Vision`."""
        return _best_score(self._detect_twice(image, box), label, box)

    def score_inside(self, image: RGB, label: str, box: Box) -> float:
        """See `Vision`."""
        return max((item.score for item in self.find_inside(image, label, box)), default=0.0)

    def find_inside(self, image: RGB, label: str, box: Box) -> list[DetectedObject]:
        """See `Vision`."""
        found = (item for item in self._detect_twice(image, box) if item.label == label)
        return [item for item in found if intersection(item.box, box) > INSIDE * max(area(item.box), 1)]

    def _detect_twice(self, image: RGB, box: Box) -> list[DetectedObject]:
        """Objects of the whole image and, for small boxes, of a window around the box."""
        found = self._detector.detect(image, LEAST_SCORE_WHEN_CONFIRMING)
        around = grow(box, _SMALL_BOX_MARGIN[1], image.shape, share=_SMALL_BOX_MARGIN[0])
        if area(around) > _SMALL_BOX * image.shape[0] * image.shape[1]:
            return found
        near = self._detector.detect(np.ascontiguousarray(image[window(around)]), LEAST_SCORE_WHEN_CONFIRMING)
        return found + [replace(item, box=shift(item.box, *around[:2])) for item in near]

    def anomaly_score(self, image: RGB, hole: Flags) -> float:
        """How much less a filled hole (H x W) is like its surroundings than they are like themselves; 0 is as alike.

        The dissimilarity of the hole's tokens to those around it, less the same of the tokens around it: the mean over
        the deepest tokens, which encode what things are, and the 90th percentile over the flattest, which encode their
        texture. It is 1 where the hole is too large or leaves too little around it to be judged.
        """
        if hole.mean() > LARGEST_JUDGED_HOLE:
            return UNJUDGED
        share, pixels = _WINDOW_MARGIN
        place = window(grow(bounds(hole), pixels, image.shape, share=share))
        crop, inside = image[place], hole[place]
        scale = (_WINDOW_TOKENS * PATCH**2 / (crop.shape[0] * crop.shape[1])) ** 0.5
        rows, columns = (max(PATCH, round(side * scale)) for side in crop.shape[:2])
        tokens = self._tokens(resize(crop, rows, columns), _WINDOW_TOKENS)
        covered = cv2.resize(inside.astype(np.float32), tokens.shape[2:0:-1], interpolation=cv2.INTER_AREA)
        filled, around = covered >= 0.5, ~grow_mask(covered > 0, 1)
        if around.sum() < _LEAST_AROUND:
            return UNJUDGED
        if not filled.any():
            return 0.0
        deep, flat = (
            (_dissimilarity(block, filled, around), _dissimilarity(block, around, around)) for block in tokens[[-1, 0]]
        )
        worst = float(np.percentile(flat[0], 90) - np.percentile(flat[1], 90))
        return float(deep[0].mean() - deep[1].mean()) + _LOOK_WEIGHT * worst


def _best_score(found: list[DetectedObject], label: str, box: Box) -> float:
    """The best score of the label at the box; 0 where it is not found there."""
    return max((item.score for item in found if item.label == label and iou(item.box, box) >= SAME_PLACE), default=0.0)


def _dissimilarity(tokens: Floats, these: Flags, others: Flags) -> Floats:
    """One minus each token's cosine to the third most similar of the others, its neighbours left out."""
    alike = tokens[these] @ tokens[others].T
    places, other_places = np.argwhere(these), np.argwhere(others)
    apart = np.abs(places[:, None] - other_places[None]).max(axis=2)
    alike = np.where(apart > 2, alike, -1.0)
    return np.asarray(1 - np.partition(alike, -3, axis=1)[:, -3], np.float32)
