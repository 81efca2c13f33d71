"""A comparison: one pair from pixels to judged regions, every step in its order."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from imgdiff.images import RGB
from imgdiff.rules.thresholds import detection_thresholds
from imgdiff.stages import Detection
from services.detection.decisions import answers
from services.detection.decisions.answers import Compared
from services.detection.evidence.pixel_difference import Content, content_of, same_capture
from services.detection.feature_extractor import Perception
from services.detection.proposals.search import find
from services.detection.proposals.views import View, shrunk
from services.detection.registration import alignment
from services.detection.registration.alignment import Found
from services.detection.registration.illumination import relight, uncensored
from services.detection.schema import PairWork
from services.imaging.warp import corner_shift, scaling, warp
from services.serving.cancellation import Cancellation


def compare(work: PairWork, perception: Perception, cancellation: Cancellation) -> Compared | Detection:
    """Everything but the crops' similarities, or the whole answer for equal pixels; raises WorkCancelled."""
    started = time.perf_counter()
    limits = detection_thresholds(work.request.thresholds, perception.thresholds, work.request.max_regions)
    if work.image1.shape == work.image2.shape and np.array_equal(work.image1, work.image2):
        return answers.identical(limits, started)
    image1, image2 = shrunk(work.image1), shrunk(work.image2)
    exact = same_capture(image1, image2)
    found = align_pair(image1, image2, None if exact or not work.request.align else cancellation.check)
    view = lay_over(image1, image2, found, exact=exact)
    cancellation.check()
    finding = find(view, image2, found, perception)
    cancellation.check()
    candidates = answers.candidates(work, view, finding)
    return Compared(work, limits, view, found, finding, candidates, time.perf_counter() - started)


def answer_all(pairs: Sequence[Compared], perception: Perception) -> list[Detection]:
    """The answers, in order; the crops of all pairs go through the networks together."""
    started = time.perf_counter()
    crops = [answers.crops(pair) for pair in pairs]
    flat = [one for of_pair in crops for one in of_pair]
    rows = perception.embed([crop for _, one, two in flat for crop in (one, two)])
    vectors = iter([] if rows is None else zip(rows[::2], rows[1::2], strict=True))
    found = []
    for pair, of_pair in zip(pairs, crops, strict=True):
        seen = {} if rows is None else {index: next(vectors) for index, _, _ in of_pair}
        found.append(answers.compose(pair, seen, perception.models))
    shared = (time.perf_counter() - started) / max(1, len(pairs))
    return [one.model_copy(update={"seconds": pair.seconds + shared}) for one, pair in zip(found, pairs, strict=True)]


def lay_over(image1: RGB, image2: RGB, found: Found, *, exact: bool) -> View:
    """image2 on image1's grid and, unless it is the same capture, in image1's light."""
    height, width = image1.shape[:2]
    over, valid = warp(image2, found.matrix, width, height)
    content = content_of(image1, over)
    if content is not Content.PHOTO or exact:
        return View(image1, over, over, over, valid, content, exact)
    lit = relight(image1, over, valid, rich=found.trusted)
    return View(image1, over, lit, uncensored(image1, over, lit), valid, content, exact)


def align_pair(image1: RGB, image2: RGB, check: Callable[[], None] | None) -> Found:
    """The transform by evidence; without `check`, which is called between its steps, image2 is only stretched."""
    matrix = scaling(image2.shape[1] / image1.shape[1], image2.shape[0] / image1.shape[0])
    stretched = Found(matrix, alignment.name_of(matrix, image1.shape[1], image1.shape[0]), 1.0)
    if check is None:
        return stretched
    found = alignment.align(image1, image2, check)
    if not found.trusted or _blurs_for_nothing(image1, image2, found):
        return replace(stretched, score=found.score)  # a wrong warp is worse than none
    return found


def _blurs_for_nothing(image1: RGB, image2: RGB, found: Found) -> bool:
    """Drawn lines are not resampled for less than a pixel, which the comparison of drawings tolerates anyway."""
    if image1.shape != image2.shape:
        return False
    height, width = image1.shape[:2]
    moved = corner_shift(found.matrix, np.eye(3), width, height)
    return moved < 1 and content_of(image1, image2) is not Content.PHOTO
