"""Crops: one thing in its surroundings, and cut out on plain grey, with the features that the networks take from them.

The surroundings bias a network towards what is usually there; a cut-out shows the thing alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from imgdiff.boxes import iou, shift
from imgdiff.images import RGB
from imgdiff.records import Box
from services.captioning.limits import DETECTED_FROM, FITTING_IOU, SEEN_IN_PLACE
from services.captioning.observation.features import Features
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import crop, grow, longest_side
from services.imaging.resizing import fit_within
from services.networks.classifier import Classifier
from services.networks.detector import DetectedObject, ObjectDetector
from services.networks.feature_cache import FeatureCache
from services.networks.second_classifier import SecondClassifier

# Margins as shares of the longer side: surroundings, and grey near and far; chosen, the weights are fitted to them.
_SURROUNDINGS, _NEAR, _FAR = 0.7, 0.5, 1.0
_CLOSE = 0.1  # the second classifier's surroundings, likewise
_GREY = 127  # level of the plain ground; the detector pads with it too
# Pixels of the longer side at which a thing is cut out and framed: a frame has up to nine times its square, and the
# networks look at 320 pixels; chosen, not measured. A line of 16,384 pixels took 5.6 GB and a minute without it.
_LONGEST_CUT_OUT = 2048


@dataclass(frozen=True)
class Networks:
    """The networks that name things: the detector, and two classifiers that were trained apart from it."""

    detector: ObjectDetector
    classifier: Classifier
    second: SecondClassifier

    @classmethod
    def load(cls, threads: int, cache: FeatureCache | None = None) -> "Networks":
        """With the embedded weights; raises WeightsUnavailable or WeightsCorrupt."""
        return cls(ObjectDetector(threads, cache), Classifier(threads), SecondClassifier(threads))


def extract_features(networks: Networks, image: RGB, box: Box, inside: Flags) -> Features:
    """Features of the thing whose pixels in the box are `inside`, flags of the box's size."""
    longest = longest_side(box)
    around_box = grow(box, round(_SURROUNDINGS * longest), image.shape)
    scene = networks.detector.detect(crop(image, around_box), DETECTED_FROM)
    around = tuple(replace(found, box=shift(found.box, *around_box[:2])) for found in scene)
    in_place = _scores(networks.detector, around, box)
    alone = _cut_out_bounded(crop(image, box), inside)
    square = _pad_to_square(alone)
    first = networks.classifier.run([square])
    if in_place.max() < SEEN_IN_PLACE:  # nothing will be named
        detected, classified = (_with_empty_rows(one) for one in (in_place, first.probabilities[0]))
        return Features(detected, classified, around, first.embedding[0])
    mirrored = np.ascontiguousarray(alone[:, ::-1])  # so that its errors differ from those far away
    near, far = (round(share * max(alone.shape[:2])) for share in (_NEAR, _FAR))
    views = [in_place, _detect_framed(networks.detector, mirrored, near), _detect_framed(networks.detector, alone, far)]
    close = crop(image, grow(box, round(_CLOSE * longest), image.shape))
    classes = [first.probabilities[0], networks.second.classify(square), networks.second.classify(close)]
    return Features(np.stack(views), np.stack(classes), around, first.embedding[0])


def _with_empty_rows(first: Floats) -> Floats:
    return np.stack([first, np.zeros_like(first), np.zeros_like(first)])


def _cut_out_bounded(image: RGB, inside: Flags) -> RGB:
    """As `cut_out`, of a smaller image where the longer side has more than `_LONGEST_CUT_OUT` pixels."""
    size = fit_within(image.shape, _LONGEST_CUT_OUT)
    if size == image.shape[1::-1]:
        return cut_out(image, inside)
    flags = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return cut_out(np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), np.asarray(flags))


def cut_out(image: RGB, inside: Flags) -> RGB:
    """The image with a grey ground outside the flags, one pixel soft at the edge."""
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 0.7)[..., None]
    return np.asarray(np.rint(image * soft + _GREY * (1 - soft)), np.uint8)


def _pad_to_square(image: RGB) -> RGB:
    height, width = image.shape[:2]
    side = max(height, width)
    above, before = (side - height) // 2, (side - width) // 2
    return _pad(image, above, side - height - above, before, side - width - before)


def _detect_framed(detector: ObjectDetector, image: RGB, edge: int) -> Floats:
    height, width = image.shape[:2]
    found = detector.detect(_pad(image, edge, edge, edge, edge), DETECTED_FROM)
    return _scores(detector, found, (edge, edge, edge + width, edge + height))


def _pad(image: RGB, above: int, below: int, before: int, behind: int) -> RGB:
    return np.pad(image, ((above, below), (before, behind), (0, 0)), constant_values=_GREY)


def _scores(detector: ObjectDetector, found: Sequence[DetectedObject], box: Box) -> Floats:
    """Best score by class of the detections that fit the box, (classes,)."""
    scores = np.zeros(len(detector.labels), np.float32)
    for one in found:
        if iou(box, one.box) > FITTING_IOU:
            index = detector.labels.index(one.label)
            scores[index] = max(scores[index], one.score)
    return scores
