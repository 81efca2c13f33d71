"""A comparison: one pair from pixels to judged regions, every step in its order."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from imgdiff.images import RGB
from imgdiff.stages import Detection
from services.detection import alignment, verdict
from services.detection.alignment import Found
from services.detection.answers import compose, identical
from services.detection.evidence import Content, PixelEvidence, content_of, pixel_evidence, same_capture
from services.detection.geometry import scaling
from services.detection.illumination import relight, uncensored
from services.detection.perception import FloatMap, Perception
from services.detection.proposals import from_features, from_novelty, from_pixels
from services.detection.schema import PairWork
from services.detection.sliding import slides_away
from services.detection.thresholds import effective
from services.detection.views import Finding, View, shrunk
from services.serving.cancellation import Cancellation


def compare(work: PairWork, perception: Perception, cancellation: Cancellation) -> Detection:
    """The whole answer for one pair; raises WorkCancelled between steps."""
    started = time.perf_counter()
    limits = effective(work.request.thresholds, perception.thresholds, work.request.max_regions)
    if work.image1.shape == work.image2.shape and np.array_equal(work.image1, work.image2):
        return identical(limits, started)
    image1, image2 = shrunk(work.image1), shrunk(work.image2)
    exact = same_capture(image1, image2)
    found = align_pair(image1, image2, None if exact or not work.request.align else cancellation.check)
    view = lay_over(image1, image2, found, exact=exact)
    cancellation.check()
    finding = find(view, found, perception)
    cancellation.check()
    answer = compose(work, view, finding, found, perception, limits)
    return answer.model_copy(update={"seconds": time.perf_counter() - started})


def lay_over(image1: RGB, image2: RGB, found: Found, *, exact: bool) -> View:
    """image2 on image1's grid and, unless it is the same capture, in image1's light."""
    height, width = image1.shape[:2]
    over, valid = alignment.warp(image2, found, width, height)
    content = content_of(image1, over)
    if content is not Content.PHOTO or exact:
        return View(image1, over, over, valid, content, exact)
    lit = relight(image1, over, valid)
    return View(image1, lit, uncensored(image1, over, lit), valid, content, exact)


def find(view: View, found: Found, perception: Perception) -> Finding:
    """Pixels for one capture and for drawn images; features wherever pixels alone cannot be trusted."""
    evidence = pixel_evidence(view.image1, view.sure2, view.valid, view.content, view.exact)
    doubtful = view.content is Content.PHOTO and not view.exact
    if doubtful and not found.trusted:
        novelty = perception.novelty(view.image1, view.image2)
        if novelty is not None:
            return _find_new(novelty, evidence, found)
    change = None
    if doubtful:
        change = perception.change_map(view.image1, view.image2)
        change[~view.valid] = 0
        proposals = from_features(change, perception.map_threshold, evidence)
    else:
        proposals = from_pixels(evidence, view.content)
    if not view.exact or view.content is Content.BINARY:
        proposals = [one for one in proposals if not slides_away(view.image1, view.sure2, one.box, evidence)]
    changed = evidence.changed
    return Finding(
        evidence, change, proposals, changed, view.exact or verdict.related(found, float(changed.mean()), None)
    )


def _find_new(novelty: FloatMap, evidence: PixelEvidence, found: Found) -> Finding:
    """What an unaligned scene shows that the other image shows nowhere."""
    proposals, changed = from_novelty(novelty)
    one_scene = verdict.related(found, float(changed.mean()), float(np.median(novelty)))
    return Finding(evidence, novelty, proposals, changed, one_scene)


def align_pair(image1: RGB, image2: RGB, check: Callable[[], None] | None) -> Found:
    """The transform by evidence; without `check`, which is called between its steps, image2 is only stretched."""
    matrix = scaling(image2.shape[1] / image1.shape[1], image2.shape[0] / image1.shape[0])
    stretched = Found(matrix, alignment.name_of(matrix, image1.shape[1], image1.shape[0]), 1.0)
    if check is None:
        return stretched
    found = alignment.align(image1, image2, check)
    return found if found.trusted else replace(stretched, score=found.score)  # a wrong warp is worse than none
