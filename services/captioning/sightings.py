"""What the networks see at a region: the object whose box fits it, or the class of its crop, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from imgdiff.boxes import iou
from imgdiff.images import RGB
from imgdiff.records import Box
from services.embedded.classifier import Classifier
from services.embedded.detector import DetectedObject, ObjectDetector

_CONTEXTS = (0.3, 0.7)  # a region is looked at again with these shares of its longer side around it
_IN_SCENE = 0.35  # a detection in the whole image must score this to lend its noun
_IN_CROPS = 0.38  # and this on average over the enlarged crops, of which one alone is too easily sure
_WORTH_A_LOOK = 0.2
_FIT = 0.4  # IoU of object and region: a noun is for the region, not for what lies around or behind it
_CERTAIN = 0.65  # probability at which the class of a crop is its name
_LEAST = 24  # pixels a side that a classifier can tell anything from
_DRAWN = frozenset({"web site", "menu", "envelope", "book jacket", "comic book", "crossword puzzle", "scoreboard",
                    "monitor", "screen", "notebook", "window screen", "digital clock", "rule", "binder",
                    "matchstick", "nematode", "fire screen"})  # fmt: skip  # what flat and drawn crops are taken for


@dataclass(frozen=True)
class Sighting:
    """A noun and how sure the network that gave it is, 0..1."""

    label: str
    score: float


class Eyes:
    """Looks at one image: at all of it once, then at any region of it."""

    def __init__(self, image: RGB, detector: ObjectDetector, classifier: Classifier) -> None:
        self._image = image
        self._detector = detector
        self._classifier = classifier
        self._scene: list[DetectedObject] | None = None

    def object_at(self, box: Box) -> Sighting | None:
        """The best-scored object that fits the box: seen in the whole image, or on average in two enlarged crops."""
        if self._scene is None:
            self._scene = self._detector.detect(self._image, _IN_SCENE)
        found = _fitting(box, self._scene)
        crops = [_fitting(box, self._near(box, context)) for context in _CONTEXTS]
        for label in {label for crop in crops for label in crop}:
            mean = sum(crop.get(label, 0.0) for crop in crops) / len(crops)
            if mean >= _IN_CROPS:
                found[label] = max(found.get(label, 0.0), mean)
        best = max(found, key=lambda label: found[label], default=None)
        return None if best is None else Sighting(best, found[best])

    def class_of(self, box: Box) -> Sighting | None:
        """The class of the crop, where the classifier is nearly certain and the crop is no drawing."""
        x1, y1, x2, y2 = box
        if min(x2 - x1, y2 - y1) < _LEAST:
            return None
        probabilities = self._classifier.run([self._image[y1:y2, x1:x2]]).probabilities[0]
        best = int(probabilities.argmax())
        label, score = self._classifier.labels[best], float(probabilities[best])
        return Sighting(label, score) if score >= _CERTAIN and label not in _DRAWN else None

    def _near(self, box: Box, context: float) -> list[DetectedObject]:
        x1, y1, x2, y2 = box
        margin = round(context * max(x2 - x1, y2 - y1))
        left, top = max(0, x1 - margin), max(0, y1 - margin)
        found = self._detector.detect(self._image[top : y2 + margin, left : x2 + margin], _WORTH_A_LOOK)
        return [replace(one, box=_shifted(one.box, left, top)) for one in found]


def _fitting(box: Box, found: Sequence[DetectedObject]) -> dict[str, float]:
    """Best score by label of what fits the box."""
    best: dict[str, float] = {}
    for one in found:
        if iou(box, one.box) > _FIT:
            best[one.label] = max(best.get(one.label, 0.0), one.score)
    return best


def _shifted(box: Box, right: int, down: int) -> Box:
    return box[0] + right, box[1] + down, box[2] + right, box[3] + down
