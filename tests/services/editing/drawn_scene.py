"""A grey photo in which given objects are detected, so that rules about their places can be tried one by one."""

from collections.abc import Sequence

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.editing.limits import PHOTO_THRESHOLDS
from services.editing.photo.scene import Scene
from services.imaging.arrays import Flags, Floats
from services.imaging.masks import fill_superellipse
from services.networks.detector import DetectedObject
from services.networks.labels import coco_labels
from services.objects.marked_object import MarkedObject

SHAPE = (100, 160, 3)
Found = Sequence[tuple[str, Box]]


class DrawnVision:
    """Detects the given objects, which fill their boxes, and all that is pasted; the ground is the same everywhere.

    What is above an open thing has the given anomaly score.
    """

    labels = coco_labels()

    def __init__(self, objects: Found, anomaly: float = 0.0) -> None:
        self._objects = tuple(DetectedObject(label, 0.6, box) for label, box in objects)
        self._anomaly = anomaly

    def detect(self, image: RGB) -> tuple[DetectedObject, ...]:
        return self._objects

    def find_inside(self, image: RGB, label: str, box: Box) -> tuple[DetectedObject, ...]:
        return ()

    def score_at(self, image: RGB, label: str, box: Box) -> float:
        return 0.6

    def score_inside(self, image: RGB, label: str, box: Box) -> float:
        return 0.0

    def mask(self, image: RGB, box: Box) -> Flags:
        return fill_superellipse(box, image.shape)

    def outline_stability(self, image: RGB, box: Box) -> float:
        return 1.0

    def score_alone(self, image: RGB, mask: Flags, label: str) -> float:
        return 0.6

    def tokens(self, image: RGB) -> Floats:
        return np.ones((1, 10, 16, 4), np.float32)

    def anomaly_score(self, image: RGB, hole: Flags) -> float:
        return self._anomaly


def draw_scene(objects: Found, marked: MarkedObject | None = None, anomaly: float = 0.0, grey: int = 0) -> Scene:
    """A scene of 100 x 160 pixels of one grey; nothing in it can be removed."""
    thresholds = PHOTO_THRESHOLDS | {"edit.too_large": 0.5, "edit.too_small": 0.001, "edit.joined": 0.1}
    return Scene(np.full(SHAPE, grey, np.uint8), DrawnVision(objects, anomaly), thresholds, lambda *_: (), marked)
