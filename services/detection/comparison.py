"""A comparison: one pair from pixels to judged regions, every step in its order."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from imgdiff.boxes import area, intersection
from imgdiff.images import RGB
from imgdiff.records import Box
from imgdiff.stages import Detection
from services.detection import alignment, answers, objects, verdict
from services.detection.alignment import Found
from services.detection.answers import Compared
from services.detection.blobs import from_noise, noise_scores
from services.detection.evidence import Content, PixelEvidence, content_of, pixel_evidence, same_capture
from services.detection.geometry import scaling
from services.detection.illumination import UNDERSTOOD, relight, uncensored, unexplained
from services.detection.objects import Sighting
from services.detection.perception import Perception
from services.detection.proposals import Proposal, from_features, from_pixels, join_near
from services.detection.schema import PairWork
from services.detection.sliding import slides_away
from services.detection.thresholds import effective
from services.detection.views import Finding, View, shrunk
from services.serving.cancellation import Cancellation

_REACH = 0.35  # of their size, within which pieces of a small change are one
_RELIT = 0.5, 1.2  # what changed light adds to what a small change must show: always, and for each grey level left
_EVEN = math.log(0.1) / math.log(0.5)  # the power that makes 0.1, where the evidence gate stands, of even odds
_KNOWN = 0.3  # share of a small change's box that makes it a part of a large one


def compare(work: PairWork, perception: Perception, cancellation: Cancellation) -> Compared | Detection:
    """Everything but the crops' similarities, or the whole answer for equal pixels; raises WorkCancelled."""
    started = time.perf_counter()
    limits = effective(work.request.thresholds, perception.thresholds, work.request.max_regions)
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
    similarities = iter(perception.similarities([one for _, one, _ in flat], [two for _, _, two in flat]))
    found = []
    for pair, of_pair in zip(pairs, crops, strict=True):
        measured = {index: next(similarities) for index, _, _ in of_pair}
        found.append(answers.compose(pair, measured, perception.models))
    shared = (time.perf_counter() - started) / max(1, len(pairs))
    return [one.model_copy(update={"seconds": pair.seconds + shared}) for one, pair in zip(found, pairs, strict=True)]


def lay_over(image1: RGB, image2: RGB, found: Found, *, exact: bool) -> View:
    """image2 on image1's grid and, unless it is the same capture, in image1's light."""
    height, width = image1.shape[:2]
    over, valid = alignment.warp(image2, found, width, height)
    content = content_of(image1, over)
    if content is not Content.PHOTO or exact:
        return View(image1, over, over, valid, content, exact)
    lit = relight(image1, over, valid, rich=found.trusted)
    return View(image1, lit, uncensored(image1, over, lit), valid, content, exact, relit=lit is not over)


def find(view: View, image2: RGB, found: Found, perception: Perception) -> Finding:
    """Pixels for one capture and for drawn images; features wherever pixels alone cannot be trusted.

    `image2` is the second image as it came, for what needs no transform.
    """
    evidence = pixel_evidence(view.image1, view.sure2, view.valid, view.content, view.exact)
    if view.content is Content.PHOTO and not view.exact:
        new = None if found.trusted else _find_new(view, image2, found, evidence, perception)
        return new or _find_in_photos(view, found, evidence, perception)
    proposals = from_pixels(evidence, view.content)
    if not view.exact or view.content is Content.BINARY:
        proposals = _standing(proposals, view, evidence)
    changed = evidence.changed
    one_scene = view.exact or verdict.related(found, float(changed.mean()), None)
    return Finding(evidence, None, proposals, changed, one_scene)


def _find_in_photos(view: View, found: Found, evidence: PixelEvidence, perception: Perception) -> Finding:
    """Small changes by the pair's own noise where its light is understood, large ones by features.

    Where the light is understood and nothing stands out, the networks are not asked: they see less there.
    """
    changed = evidence.changed
    small: list[Proposal] = []
    left = unexplained(view.image1, view.sure2, view.valid)
    if quiet := left < UNDERSTOOD:
        noise = noise_scores(view.image1, view.sure2, view.valid)
        found_small = from_noise(noise, _RELIT[0] + _RELIT[1] * left if view.relit else 0.0)
        small = _standing(join_near(found_small, _REACH, max(noise.score.shape)), view, evidence)
        changed = changed | noise.sure
    change, large = None, []
    if small or not quiet:
        change = perception.change_map(view.image1, view.image2)
        change[~view.valid] = 0
        large = _standing(from_features(change, perception.map_threshold, evidence), view, evidence)
    alone = [one for one in small if all(_inside(one.box, other.box) < _KNOWN for other in large)]
    one_scene = verdict.related(found, float(evidence.changed.mean()), None)
    return Finding(evidence, change, [*large, *alone], changed, one_scene)


def _standing(proposals: list[Proposal], view: View, evidence: PixelEvidence) -> list[Proposal]:
    """Without those that a local shift explains."""
    return [one for one in proposals if not slides_away(view.image1, view.sure2, one.box, evidence)]


def _inside(box: Box, other: Box) -> float:
    """Share of `box` that `other` covers."""
    return intersection(box, other) / max(1, area(box))


def _find_new(view: View, image2: RGB, found: Found, evidence: PixelEvidence, perception: Perception) -> Finding | None:
    """What either image shows and the other shows nowhere; null where the backend recognises nothing."""
    tokens1, tokens2 = perception.tokens(view.image1), perception.tokens(image2)
    if tokens1 is None or tokens2 is None:
        return None
    seen = objects.look_for(view.image1, image2, tokens1, tokens2)
    proposals = [Proposal(one.box, one.pixels, one.pixels * answers.LOUD * _surprise(one)) for one in seen.found]
    one_scene = verdict.related(found, float(evidence.changed.mean()), seen.cost)
    return Finding(evidence, None, proposals, seen.changed, one_scene)


def _surprise(one: Sighting) -> float:
    """Mean excess, in units of `LOUD`, that becomes a difference of the confidence to the power of `_EVEN`."""
    return -math.log(max(1e-6, 1 - one.confidence**_EVEN))


def align_pair(image1: RGB, image2: RGB, check: Callable[[], None] | None) -> Found:
    """The transform by evidence; without `check`, which is called between its steps, image2 is only stretched."""
    matrix = scaling(image2.shape[1] / image1.shape[1], image2.shape[0] / image1.shape[0])
    stretched = Found(matrix, alignment.name_of(matrix, image1.shape[1], image1.shape[0]), 1.0)
    if check is None:
        return stretched
    found = alignment.align(image1, image2, check)
    return found if found.trusted else replace(stretched, score=found.score)  # a wrong warp is worse than none
