"""What the networks see of one thing: in its surroundings, and cut out on a plain ground.

What surrounds a thing says what is usually there, and not what is there now; cut out it stands for itself alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from imgdiff.boxes import iou, shift
from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import crop, grow, longest_side
from services.networks.classifier import Classifier
from services.networks.detector import DetectedObject, ObjectDetector

_SURROUNDED = 0.7  # share of the longer side that is seen around a thing
_GREY = 127
_NEAR, _FAR = 0.5, 1.0  # shares of the longer side that are seen of the plain ground
_FIT = 0.4  # IoU of detection and thing
_HEARD = 0.05  # score of a detection


@dataclass(frozen=True)
class Looks:
    """`detected` (3, classes of the detector): best scores in the surroundings, near and far; `classified` (1000,).

    `around` are the detections in the surroundings, in the image's own pixels; `embedding` (1280,) is of the cut-out.
    """

    detected: Floats
    classified: Floats
    around: tuple[DetectedObject, ...]
    embedding: Floats


def look(detector: ObjectDetector, classifier: Classifier, image: RGB, box: Box, inside: Flags) -> Looks:
    """At the thing whose pixels in the box are `inside`, flags of the box's size."""
    longest = longest_side(box)
    margin = round(_SURROUNDED * longest)
    around_box = grow(box, margin, image.shape)
    scene = detector.detect(crop(image, around_box), _HEARD)
    around = tuple(replace(found, box=shift(found.box, *around_box[:2])) for found in scene)
    alone = cut_out(crop(image, box), inside)
    detected = [
        _scores(detector, around, box),
        _framed(detector, np.ascontiguousarray(alone[:, ::-1]), round(_NEAR * longest)),  # mirrored: errs otherwise
        _framed(detector, alone, round(_FAR * longest)),
    ]
    classified = classifier.run([_square(alone)])
    return Looks(np.stack(detected), classified.probabilities[0], around, classified.embedding[0])


def cut_out(image: RGB, inside: Flags) -> RGB:
    """The thing on grey."""
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 0.7)[..., None]
    return np.asarray(np.rint(image * soft + _GREY * (1 - soft)), np.uint8)


def _square(image: RGB) -> RGB:
    height, width = image.shape[:2]
    side = max(height, width)
    above, before = (side - height) // 2, (side - width) // 2
    return _on_grey(image, above, side - height - above, before, side - width - before)


def _framed(detector: ObjectDetector, image: RGB, edge: int) -> Floats:
    height, width = image.shape[:2]
    found = detector.detect(_on_grey(image, edge, edge, edge, edge), _HEARD)
    return _scores(detector, found, (edge, edge, edge + width, edge + height))


def _on_grey(image: RGB, above: int, below: int, before: int, behind: int) -> RGB:
    framed = np.full((image.shape[0] + above + below, image.shape[1] + before + behind, 3), _GREY, np.uint8)
    framed[above : above + image.shape[0], before : before + image.shape[1]] = image
    return framed


def _scores(detector: ObjectDetector, found: Sequence[DetectedObject], box: Box) -> Floats:
    """Best score by class of what fits the box."""
    scores = np.zeros(len(detector.labels), np.float32)
    for one in found:
        if iou(box, one.box) > _FIT:
            index = detector.labels.index(one.label)
            scores[index] = max(scores[index], one.score)
    return scores
