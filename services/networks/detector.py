"""EfficientDet-Lite0: the objects of 80 COCO classes in a picture, with boxes and scores."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from imgdiff import weights
from imgdiff.images import RGB
from services.imaging.arrays import Floats
from services.imaging.resizing import resize
from services.networks.anchors import anchors, decoded, without_doubles
from services.networks.runtime import tflite_interpreter

WEIGHTS = ("object-detector", "coco-labels")
SIDE = 320
_UNUSED = "???"
_PADDING = 127


@dataclass(frozen=True)
class DetectedObject:
    """`box` is (x1, y1, x2, y2), half-open pixels of the picture given; `score` is in 0..1."""

    label: str
    score: float
    box: tuple[int, int, int, int]


@cache
def coco_labels() -> tuple[str, ...]:
    """The names of the 90 COCO ids; ten of them are unused and named `???`."""
    return tuple(weights.locate("coco-labels").read_text("utf-8").splitlines())


@cache
def detected_labels() -> tuple[str, ...]:
    """The names of the 80 classes in use, in order of id."""
    return tuple(label for label in coco_labels() if label != _UNUSED)


class ObjectDetector:
    """Finds objects in one picture at a time."""

    def __init__(self, threads: int) -> None:
        self._interpreter = tflite_interpreter(weights.locate(WEIGHTS[0]), threads)
        self._input = self._interpreter.get_input_details()[0]["index"]
        outputs = {int(output["shape"][-1]): output["index"] for output in self._interpreter.get_output_details()}
        self._boxes, self._scores = outputs[4], outputs[len(coco_labels())]
        self._anchors = anchors(SIDE)
        self.labels = detected_labels()

    def detect(self, image: RGB, threshold: float = 0.35) -> list[DetectedObject]:
        """Every object with at least that score, best first; doubles of one class are removed."""
        offsets, scores = self._run(image)
        classes, best = scores.argmax(axis=1), scores.max(axis=1)
        height, width = image.shape[:2]
        boxes = decoded(offsets, self._anchors) * (max(height, width) / SIDE)
        boxes = np.clip(boxes, 0, np.array([width, height, width, height], np.float32))
        found: list[DetectedObject | None] = []
        for number in np.unique(classes[best >= threshold]):
            candidates = np.flatnonzero((classes == number) & (best >= threshold))
            kept = candidates[without_doubles(boxes[candidates], best[candidates])]
            found.extend(_object(int(number), float(best[index]), boxes[index]) for index in kept)
        return sorted((item for item in found if item is not None), key=lambda item: (-item.score, item.box))

    def _run(self, image: RGB) -> tuple[Floats, Floats]:
        height, width = image.shape[:2]
        scale = SIDE / max(height, width)
        rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
        canvas = np.full((1, SIDE, SIDE, 3), _PADDING, np.uint8)
        canvas[0, :rows, :columns] = resize(image, rows, columns)
        self._interpreter.set_tensor(self._input, canvas)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._boxes)[0], self._interpreter.get_tensor(self._scores)[0]


def _object(number: int, score: float, box: Floats) -> DetectedObject | None:
    label = coco_labels()[number]
    x1, y1, x2, y2 = (int(value) for value in np.rint(box))
    if label == _UNUSED or x1 >= x2 or y1 >= y2:
        return None
    return DetectedObject(label=label, score=score, box=(x1, y1, x2, y2))
