"""One image as the embedded networks see it: its objects once, and the classes of any crop."""

from collections.abc import Mapping

from imgdiff.boxes import area, intersection, iou, shift
from imgdiff.images import RGB
from imgdiff.records import Box
from services.captioning.observation.kinds import bears_out
from services.imaging.boxes import crop, grow, longest_side
from services.networks.classifier import Classifier
from services.networks.detector import DetectedObject, ObjectDetector

_SEEN = 0.3  # a detection's score
_NEAR = 0.5  # share of the longer side around a region in which it is looked at again
_INSIDE = 0.5  # share of the object that lies in the box, or of the box that lies on the object
_FITS = 0.3  # IoU of object and box
_LIKELY = 0.3  # probability of all classes together that are kinds of a noun
_LEAST = 16  # pixels a side that a classifier can tell anything from


class Sight:
    """Looks at one image; what was seen once is kept."""

    def __init__(self, image: RGB, detector: ObjectDetector, classifier: Classifier) -> None:
        self.image = image
        self._detector = detector
        self._classifier = classifier
        self._scene: list[DetectedObject] | None = None
        self._classes: dict[Box, Mapping[str, float]] = {}
        self._near: dict[Box, list[DetectedObject]] = {}

    def inside(self, box: Box, noun: str) -> bool:
        """Whether such a thing is seen in the box: an object of that kind, or a likely class of the crop."""
        if any(bears_out(one.label, noun) for one in self.objects(box)):
            return True
        return self._likely(box, noun) >= _LIKELY

    def outside(self, box: Box, noun: str) -> bool:
        """Whether such an object reaches out of the box, or the whole image is likely of that class."""
        for one in self._all():
            if bears_out(one.label, noun) and intersection(one.box, box) < (1 - _FITS) * area(one.box):
                return True
        height, width = self.image.shape[:2]
        return area(box) < width * height / 2 and self._likely((0, 0, width, height), noun) >= _LIKELY

    def objects(self, box: Box) -> list[DetectedObject]:
        """The objects in the box, best first: of the whole image, and of a closer look where these leave it empty."""
        found = [one for one in self._all() if _lies(one.box, box)]
        return found or [one for one in self._closer(box) if _lies(one.box, box)]

    def best_class(self, box: Box) -> tuple[str, float] | None:
        """The likeliest class of the crop and its probability."""
        classes = self._class_of(box)
        label = max(classes, key=lambda name: classes[name], default=None)
        return None if label is None else (label, classes[label])

    def _all(self) -> list[DetectedObject]:
        if self._scene is None:
            self._scene = self._detector.detect(self.image, _SEEN)
        return self._scene

    def _closer(self, box: Box) -> list[DetectedObject]:
        if box not in self._near:
            around = grow(box, round(_NEAR * longest_side(box)), self.image.shape)
            found = self._detector.detect(crop(self.image, around), _SEEN)
            self._near[box] = [DetectedObject(one.label, one.score, shift(one.box, *around[:2])) for one in found]
        return self._near[box]

    def _likely(self, box: Box, noun: str) -> float:
        return sum(probability for label, probability in self._class_of(box).items() if bears_out(label, noun))

    def _class_of(self, box: Box) -> Mapping[str, float]:
        if box not in self._classes:
            x1, y1, x2, y2 = box
            small = min(x2 - x1, y2 - y1) < _LEAST
            found = [] if small else self._classifier.run([self.image[y1:y2, x1:x2]]).probabilities[0].tolist()
            self._classes[box] = _by_name(self._classifier.labels, found)
        return self._classes[box]


def _by_name(labels: tuple[str, ...], probabilities: list[float]) -> dict[str, float]:
    """Probabilities by class name; two classes of one name are one."""
    named: dict[str, float] = {}
    for label, probability in zip(labels, probabilities, strict=False):
        named[label] = named.get(label, 0.0) + probability
    return named


def _lies(thing: Box, box: Box) -> bool:
    """Whether a thing is in the box: it fits it, lies mostly within it, or the box lies mostly on it."""
    both = intersection(thing, box)
    return iou(thing, box) > _FITS or both > _INSIDE * area(thing) or both > _INSIDE * area(box)
