"""What editing sees with: objects, their masks, and whether a painted-over place looks like its surroundings."""

import cv2
import numpy as np

from imgdiff.boxes import area, intersection, iou
from imgdiff.images import RGB
from imgdiff.records import Box
from services.editing.photo.segmentation import object_mask, stability
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import grow, window
from services.imaging.masks import bounds, grow_mask
from services.imaging.resizing import resize
from services.networks.detector import WEIGHTS as DETECTOR_WEIGHTS
from services.networks.detector import DetectedObject, ObjectDetector
from services.networks.tokens import PATCH, PatchTokens
from services.networks.tokens import WEIGHTS as TOKEN_WEIGHTS

WEIGHTS = (*DETECTOR_WEIGHTS, *TOKEN_WEIGHTS)
_LOOKED_FOR = 0.25  # looking whether something is gone is stricter than looking for something to edit
_SAME_PLACE = 0.5
_STILL_THERE = 0.3
_WINDOW_TOKENS, _AROUND = 1024, 1.5
_LOOK = 0.45
_AROUND_ALONE, _GREY, _FAINTLY = 0.3, 118, 0.05


class Sight:
    """The networks that editing needs, loaded once."""

    def __init__(self, threads: int) -> None:
        self._detector = ObjectDetector(threads)
        self._tokens = PatchTokens(threads)
        self.labels = self._detector.labels

    def objects(self, image: RGB) -> list[DetectedObject]:
        """Every object, surest first."""
        return self._detector.detect(image)

    def mask(self, image: RGB, box: Box) -> Flags:
        """The object's pixels, as a mask of the whole image."""
        return object_mask(image, box, self._tokens)

    def stability(self, image: RGB, box: Box) -> float:
        """How little the object's outline hangs on what counts as object, 0..1."""
        return stability(image, box, self._tokens)

    def alone(self, image: RGB, mask: Flags, label: str) -> float:
        """The least score of the label with nothing else in view: on grey, and on a blur of its ground; 0: unseen."""
        box = bounds(mask)
        around = grow(box, 8, image.shape, share=_AROUND_ALONE)
        crop, inside = image[window(around)], mask[window(around)]
        opacity = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1.0)[..., None]
        blurred = cv2.GaussianBlur(crop, (0, 0), max(crop.shape[:2]) / 8)
        place = (box[0] - around[0], box[1] - around[1], box[2] - around[0], box[3] - around[1])
        return min(
            self._best(np.rint(crop * opacity + ground * (1 - opacity)).astype(np.uint8), label, place)
            for ground in (np.full_like(crop, _GREY), blurred)
        )

    def _best(self, image: RGB, label: str, box: Box) -> float:
        seen = (item for item in self._detector.detect(image, _FAINTLY) if item.label == label)
        return max((item.score for item in seen if iou(item.box, box) >= _SAME_PLACE), default=0.0)

    def tokens(self, image: RGB) -> Floats:
        """Patch tokens of the whole image."""
        return self._tokens(image)

    def shows(self, image: RGB, label: str, box: Box) -> float:
        """The best score of that label at that box; 0 when it is not seen there."""
        seen = (item for item in self._around(image, box) if item.label == label)
        return max((item.score for item in seen if iou(item.box, box) >= _SAME_PLACE), default=0.0)

    def remains(self, image: RGB, label: str, box: Box) -> float:
        """The best score of that label lying mostly in the box; 0 when it is gone."""
        seen = (item for item in self._around(image, box) if item.label == label)
        inside = (item.score for item in seen if intersection(item.box, box) > _STILL_THERE * max(area(item.box), 1))
        return max(inside, default=0.0)

    def _around(self, image: RGB, box: Box) -> list[DetectedObject]:
        """What is seen in the whole image and, for small boxes, in a window around the box."""
        seen = self._detector.detect(image, _LOOKED_FOR)
        around = grow(box, 16, image.shape, share=1.0)
        if area(around) > 0.5 * image.shape[0] * image.shape[1]:
            return seen
        x, y = around[:2]
        near = self._detector.detect(np.ascontiguousarray(image[window(around)]), _LOOKED_FOR)
        return seen + [
            DetectedObject(item.label, item.score, (item.box[0] + x, item.box[1] + y, item.box[2] + x, item.box[3] + y))
            for item in near
        ]

    def strangeness(self, image: RGB, hole: Flags) -> float:
        """How much less a filled hole is like its surroundings than they are like themselves; 0 is as alike.

        One minus the likeness of tokens to the nearest ones around the hole, less the same of those around it: on
        average for what they are (the deepest tokens), and of the worst tenth for what they look like (the flattest).
        The weight of both was fitted to grades by eye.
        """
        place = window(grow(bounds(hole), 24, image.shape, share=_AROUND))
        crop, inside = image[place], hole[place]
        scale = (_WINDOW_TOKENS * PATCH**2 / (crop.shape[0] * crop.shape[1])) ** 0.5
        rows, columns = (max(PATCH, round(side * scale)) for side in crop.shape[:2])
        tokens = self._tokens(resize(crop, rows, columns), _WINDOW_TOKENS)
        share = cv2.resize(inside.astype(np.float32), tokens.shape[2:0:-1], interpolation=cv2.INTER_AREA)
        filled, around = share >= 0.5, ~grow_mask(share > 0, 1)
        if not filled.any() or around.sum() < 12:
            return 0.0
        what, look = ((_unlike(block, filled, around), _unlike(block, around, around)) for block in tokens[[-1, 0]])
        worst = float(np.percentile(look[0], 90) - np.percentile(look[1], 90))
        return float(what[0].mean() - what[1].mean()) + _LOOK * worst


def _unlike(tokens: Floats, these: Flags, those: Flags) -> Floats:
    """One minus each token's likeness to the third nearest of the others, its neighbours left out."""
    alike = tokens[these] @ tokens[those].T
    one, two = np.argwhere(these), np.argwhere(those)
    apart = np.abs(one[:, None] - two[None]).max(axis=2)
    alike = np.where(apart > 2, alike, -1.0)
    return np.asarray(1 - np.partition(alike, -3, axis=1)[:, -3], np.float32)
