"""The embedded object matcher: the detector's objects in and around a box; no torch.

It looks at the whole image and at the surroundings of the box, since a tight crop hides what a thing stands in: on 181
objects of COCO photos and 724 wrong nouns both together rank true above wrong in 99 % (tight crops 88 %, the
classifier 81 %, its class names by MiniLM 75 %).
"""

from collections.abc import Mapping, Sequence

from imgdiff import weights
from imgdiff.boxes import area, intersection, iou
from imgdiff.images import RGB
from imgdiff.records import Box, ModelUse
from services.english.exchange import NO_NOUNS, ExchangedNouns
from services.english.kinds import may_be_called
from services.english.scenery import is_scenery
from services.imaging.boxes import crop, grow, longest_side
from services.matching.limits import (
    EMBEDDED_OBJECT_THRESHOLDS,
    LEAST_DETECTED,
    OBJECT_COVERS,
    OBJECT_FITS,
    REMEMBERED_SCENES,
    SURELY_DETECTED,
    SURROUNDINGS,
)
from services.matching.object_matcher import Crop
from services.networks import detector as networks
from services.networks.detector import DetectedObject, ObjectDetector
from services.networks.feature_cache import FeatureCache


class DetectedObjects:
    """See `ObjectMatcher`: the best detection score, 0..1, of an object in the box that may be called by the noun.

    It knows the detector's 80 classes and what they may be called.
    """

    calibrated: Mapping[str, float] = EMBEDDED_OBJECT_THRESHOLDS
    crops_at_once = 1
    looks_around = True

    def __init__(self, detector: ObjectDetector, *, stage: str) -> None:
        self.models: tuple[ModelUse, ...] = weights.use(stage, *networks.WEIGHTS)
        self._detector = detector
        self.rows = 0  # images sent through the network since the start
        self._scenes: dict[int, tuple[RGB, list[DetectedObject]]] = {}

    @classmethod
    def load(cls, threads: int, *, stage: str, cache: FeatureCache | None = None) -> "DetectedObjects":
        """With the embedded weights; raises WeightsUnavailable or WeightsCorrupt."""
        return cls(ObjectDetector(threads, cache), stage=stage)

    def choose(self, nouns: ExchangedNouns) -> ExchangedNouns:
        """The nouns that the detector knows; none if it lacks one, unless that is scenery, such as the sky."""
        known = [tuple(filter(self._knows, side)) for side in (nouns.gone, nouns.new)]
        unknown = [noun for noun in (*nouns.gone, *nouns.new) if not self._knows(noun)]
        return ExchangedNouns(*known) if all(map(is_scenery, unknown)) else NO_NOUNS

    def match_nouns(self, crops: Sequence[Crop], nouns: Sequence[Sequence[str]]) -> list[float]:
        """See `ObjectMatcher`."""
        return [self._match(one, own) for one, own in zip(crops, nouns, strict=True)]

    def find(self, image: RGB, nouns: Sequence[str]) -> list[DetectedObject]:
        """The objects of an image that may be called by one of the nouns, best first, however doubtful."""
        return [one for one in self._scene(image) if _is_called(one, nouns)]

    def _match(self, one: Crop, nouns: Sequence[str]) -> float:
        best = _best(self._scene(one.image), one.box, nouns)
        if best >= SURELY_DETECTED:
            return best
        around = grow(one.box, round(SURROUNDINGS * longest_side(one.box)), one.image.shape)
        near = self._detect(crop(one.image, around))
        x, y = around[:2]
        box = one.box[0] - x, one.box[1] - y, one.box[2] - x, one.box[3] - y
        return max(best, _best(near, box, nouns))

    def _scene(self, image: RGB) -> list[DetectedObject]:
        known = self._scenes.get(id(image))
        if known is None:
            while len(self._scenes) >= REMEMBERED_SCENES:
                del self._scenes[next(iter(self._scenes))]
            known = self._scenes[id(image)] = image, self._detect(image)
        return known[1]

    def _detect(self, image: RGB) -> list[DetectedObject]:
        self.rows += 1
        return self._detector.detect(image, LEAST_DETECTED)

    def _knows(self, noun: str) -> bool:
        return any(may_be_called(label, noun) for label in self._detector.labels)


def _best(objects: Sequence[DetectedObject], box: Box, nouns: Sequence[str]) -> float:
    return max((one.score for one in objects if _is_called(one, nouns) and _is_in(one.box, box)), default=0.0)


def _is_called(one: DetectedObject, nouns: Sequence[str]) -> bool:
    return any(may_be_called(one.label, noun) for noun in nouns)


def _is_in(thing: Box, box: Box) -> bool:
    """Whether a thing fits the box, is mostly within it, or the box is mostly on it."""
    both = intersection(thing, box)
    return iou(thing, box) > OBJECT_FITS or both > OBJECT_COVERS * min(area(thing), area(box))
