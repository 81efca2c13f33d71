"""View of one image by the embedded networks: its objects, and the classes of any crop."""

from collections.abc import Mapping
from dataclasses import replace

from imgdiff.boxes import area, intersection, iou, shift
from imgdiff.images import RGB
from imgdiff.records import Box
from services.captioning.limits import (
    ABSENT_BELOW,
    CLASSIFIED_FROM,
    LIKELY_CLASSES,
    OBJECT_FITS,
    OBJECT_IN_BOX,
    SEEN_SCORE,
)
from services.english.kinds import may_be_called
from services.imaging.boxes import crop, grow, longest_side
from services.networks.classifier import Classifier
from services.networks.detector import DetectedObject, ObjectDetector

_MARGIN = 0.5  # around a region that is detected again, as a share of its longer side; chosen, not measured


class ImageView:
    """What the networks detect in one image (RGB, 0..255); every result is cached."""

    def __init__(self, image: RGB, detector: ObjectDetector, classifier: Classifier) -> None:
        self.image = image
        self._detector = detector
        self._classifier = classifier
        self._scene: list[DetectedObject] | None = None
        self._classes: dict[Box, Mapping[str, float]] = {}
        self._near: dict[Box, list[DetectedObject]] = {}

    def shows_inside(self, box: Box, noun: str) -> bool:
        """Whether an object in the box may be called so, or the crop probably is of such a class."""
        if any(may_be_called(one.label, noun) for one in self.objects(box)):
            return True
        return self._probability(box, noun) >= LIKELY_CLASSES

    def support(self, box: Box, noun: str) -> float:
        """The best score, 0..1, of an object in the box that may be called so, or the probability of such classes."""
        scores = [one.score for one in self.objects(box) if may_be_called(one.label, noun)]
        return max(self._probability(box, noun), *scores, 0.0)

    def lacks(self, box: Box, noun: str) -> bool:
        """Whether nothing in the box may be called so, neither in the whole image nor in the crop around the box."""
        near = [*self._scene_objects(), *self._near_objects(box)]
        return not any(may_be_called(one.label, noun) and is_in(one.box, box) for one in near)

    def shows_outside(self, box: Box, noun: str) -> bool:
        """Whether such an object reaches out of the box, or the whole image probably is of such a class."""
        for one in self._objects():
            if may_be_called(one.label, noun) and intersection(one.box, box) < (1 - OBJECT_FITS) * area(one.box):
                return True
        height, width = self.image.shape[:2]
        small = area(box) < width * height / 2
        return small and self._probability((0, 0, width, height), noun) >= LIKELY_CLASSES

    def objects(self, box: Box) -> list[DetectedObject]:
        """The objects in the box, best first: of the whole image, else of a crop around the box."""
        found = [one for one in self._objects() if is_in(one.box, box)]
        return found or [one for one in self._objects_near(box) if is_in(one.box, box)]

    def _objects(self) -> list[DetectedObject]:
        return [one for one in self._scene_objects() if one.score >= SEEN_SCORE]

    def _objects_near(self, box: Box) -> list[DetectedObject]:
        return [one for one in self._near_objects(box) if one.score >= SEEN_SCORE]

    def _scene_objects(self) -> list[DetectedObject]:
        """Everything that may be in the image, from the score below which it lacks a thing."""
        if self._scene is None:
            self._scene = self._detector.detect(self.image, ABSENT_BELOW)
        return self._scene

    def _near_objects(self, box: Box) -> list[DetectedObject]:
        """The same in the crop around the box."""
        if box not in self._near:
            around = grow(box, round(_MARGIN * longest_side(box)), self.image.shape)
            found = self._detector.detect(crop(self.image, around), ABSENT_BELOW)
            self._near[box] = [replace(one, box=shift(one.box, *around[:2])) for one in found]
        return self._near[box]

    def _probability(self, box: Box, noun: str) -> float:
        """Of all classes of the crop together that may be called so."""
        return sum(share for label, share in self._classify(box).items() if may_be_called(label, noun))

    def _classify(self, box: Box) -> Mapping[str, float]:
        """Probability of the crop by class name; none of a crop that is too small."""
        if box not in self._classes:
            x1, y1, x2, y2 = box
            small = min(x2 - x1, y2 - y1) < CLASSIFIED_FROM
            found = [] if small else self._classifier.run([crop(self.image, box)]).probabilities[0].tolist()
            self._classes[box] = _by_name(self._classifier.labels, found)
        return self._classes[box]


def _by_name(labels: tuple[str, ...], probabilities: list[float]) -> dict[str, float]:
    """Probability by class name; those of two classes with one name are added."""
    named: dict[str, float] = {}
    for label, probability in zip(labels, probabilities, strict=False):
        named[label] = named.get(label, 0.0) + probability
    return named


def is_in(thing: Box, box: Box) -> bool:
    """Whether a thing is in the box: it fits the box, is mostly within it, or the box is mostly on it."""
    both = intersection(thing, box)
    return iou(thing, box) > OBJECT_FITS or both > OBJECT_IN_BOX * area(thing) or both > OBJECT_IN_BOX * area(box)
