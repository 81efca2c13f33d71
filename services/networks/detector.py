"""EfficientDet-Lite0: the objects of 80 COCO classes in an image, with boxes and scores."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff import weights
from imgdiff.images import RGB
from services.imaging.arrays import Floats
from services.imaging.resizing import resize
from services.networks.anchors import decode_boxes, make_anchors
from services.networks.feature_cache import FeatureCache
from services.networks.labels import UNUSED, coco_ids, coco_labels
from services.networks.runtime import TfliteNetwork

WEIGHTS = ("object-detector", "coco-labels")
SIDE = 320  # pixels of the network's square input
_BYTES_KEPT = 20_000  # of the objects of one image, in order of magnitude; chosen, not measured
_PADDING = 127  # grey level beside an image that is not square
_SCORE = 0.35  # score from which an object is reported unless the caller asks for less; chosen, not measured
_DUPLICATE = 0.5  # IoU above which the weaker of two boxes of one class is dropped (Tan et al., 2020)


@dataclass(frozen=True)
class DetectedObject:
    """`box` is (x1, y1, x2, y2), half-open pixels of the image; `score` is in 0..1."""

    label: str
    score: float
    box: tuple[int, int, int, int]


class ObjectDetector:
    """Finds objects in one image at a time."""

    def __init__(self, threads: int, cache: FeatureCache | None = None) -> None:
        self._cache = cache or FeatureCache(0)
        self._network = TfliteNetwork(weights.locate(WEIGHTS[0]), threads)
        self._digest = weights.manifest().named(WEIGHTS[0]).sha256
        self._anchors = make_anchors(SIDE)
        self.labels = coco_labels()

    def detect(self, image: RGB, threshold: float = _SCORE) -> list[DetectedObject]:
        """Every object with at least that score, best first, without duplicates of one class."""
        network = self._digest, threshold
        return list(self._cache.get(network, image, lambda: tuple(self._detect(image, threshold)), _BYTES_KEPT))

    def _detect(self, image: RGB, threshold: float) -> list[DetectedObject]:
        offsets, scores = self._run(image)
        likely = np.flatnonzero(scores.max(axis=1) >= threshold)
        classes, best = scores[likely].argmax(axis=1), scores[likely].max(axis=1)
        height, width = image.shape[:2]
        boxes = decode_boxes(offsets[likely], self._anchors[likely]) * (max(height, width) / SIDE)
        boxes = np.clip(boxes, 0, np.array([width, height, width, height], np.float32))
        kept = (_object(int(classes[at]), float(best[at]), boxes[at]) for at in nms(boxes, best, classes))
        return sorted((item for item in kept if item is not None), key=lambda item: (-item.score, item.box))

    def _run(self, image: RGB) -> tuple[Floats, Floats]:
        height, width = image.shape[:2]
        scale = SIDE / max(height, width)
        rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
        canvas = np.full((1, SIDE, SIDE, 3), _PADDING, np.uint8)
        canvas[0, :rows, :columns] = resize(image, rows, columns)
        outputs = self._network.run(canvas)
        return outputs[4], outputs[len(coco_ids())]


def nms(boxes: Floats, scores: Floats, classes: NDArray[np.intp], most_overlap: float = _DUPLICATE) -> list[int]:
    """Non-maximum suppression by class: indices of the boxes (x1, y1, x2, y2) to keep, best first."""
    rectangles = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxesBatched(rectangles.tolist(), scores.tolist(), classes.tolist(), 0.0, most_overlap)
    return [int(index) for index in kept]


def _object(number: int, score: float, box: Floats) -> DetectedObject | None:
    label = coco_ids()[number]
    x1, y1, x2, y2 = (int(value) for value in np.rint(box))
    if label == UNUSED or x1 >= x2 or y1 >= y2:
        return None
    return DetectedObject(label=label, score=score, box=(x1, y1, x2, y2))
