"""A comparison: one pair from pixels to judged regions, every step in its order."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from imgdiff.boxes import area, intersection
from imgdiff.images import RGB
from imgdiff.records import Box
from imgdiff.stages import Detection
from services.detection import alignment, answers, change_map, confidence, objects, verdict
from services.detection.alignment import Found
from services.detection.answers import Compared
from services.detection.evidence import Content, PixelEvidence, content_of, pixel_evidence, same_capture
from services.detection.geometry import corner_shift, scaling
from services.detection.grouping import grouped
from services.detection.illumination import UNDERSTOOD, relight, uncensored, unexplained
from services.detection.noise import Noise, noise_scores
from services.detection.perception import Flags, FloatMap, Perception
from services.detection.proposals import Proposal, from_map, from_pixels, join_near
from services.detection.schema import PairWork
from services.detection.sliding import slides_away
from services.detection.smallness import SURE, small_changes
from services.detection.thresholds import effective
from services.detection.views import Finding, View, shrunk
from services.serving.cancellation import Cancellation

_KNOWN = 0.3  # share of a small region's box that makes it a part of a large one
_WORTH_ASKING = 0.5  # probability without networks below which they find nothing either
_REACH = 0.35  # of their size, within which pieces of a small change are one
_FAINT = 0.6  # of small faint changes: nearly all are right after one nuisance, one in five after several at once
_LONE = 0.2  # and of those at which the change head sees nothing
_SLID = 0.05  # probability that what a local shift explains is a change


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
    over, valid = alignment.warp(image2, found, width, height)
    content = content_of(image1, over)
    if content is not Content.PHOTO or exact:
        return View(image1, over, over, over, valid, content, exact)
    lit = relight(image1, over, valid, rich=found.trusted)
    return View(image1, over, lit, uncensored(image1, over, lit), valid, content, exact)


def find(view: View, image2: RGB, found: Found, perception: Perception) -> Finding:
    """Pixels for one capture and for drawn images; the change map for two captures of a scene.

    `image2` is the second image as it came, for what needs no transform.
    """
    evidence = pixel_evidence(view.image1, view.sure2, view.valid, view.content, view.exact)
    if view.content is Content.PHOTO and not view.exact:
        new = None if found.trusted else _find_new(view, image2, found, evidence, perception)
        return new or _find_by_map(view, found, evidence, perception)
    proposals = from_pixels(evidence, view.content)
    if not view.exact or view.content is Content.BINARY:
        proposals = _standing(proposals, view, evidence)
    one_scene = view.exact or verdict.related(found, float(evidence.changed.mean()), None)
    return Finding(proposals, evidence.changed, one_scene)


def _find_by_map(view: View, found: Found, evidence: PixelEvidence, perception: Perception) -> Finding:
    """The plain map first; only where it holds anything are the networks asked, and asked about all of it."""
    one_scene = verdict.related(found, float(evidence.changed.mean()), None)
    plain = change_map.plain(view, perception.head)
    groups = grouped(plain)
    faint = _supported(_faint(view, evidence), from_map([(one, 0.0) for one in groups], plain.shape, evidence))
    networks = max((group.surest for group in groups), default=0.0) >= _WORTH_ASKING and perception.has_networks
    if not networks:
        small = from_map([(group, confidence.without_networks(group)) for group in groups], plain.shape, evidence)
        return Finding([*small, *_apart(faint, small)], _likely(plain, view), one_scene)
    whole = change_map.whole(view, perception)
    large = from_map([(group, confidence.with_networks(group)) for group in grouped(whole)], whole.shape, evidence)
    asked = [(one, confidence.looked_up(one, confidence.at(one, plain.shape, whole))) for one in groups]
    large += _apart(from_map(asked, plain.shape, evidence), large)
    large += _apart(faint, large)
    return Finding(large, _likely(plain, view) | _likely(whole, view), one_scene)


def _faint(view: View, evidence: PixelEvidence) -> list[Proposal]:
    """What is too small and too faint for the change head's cells, where the light is understood."""
    left = unexplained(view.image1, view.sure2, view.valid)
    if left >= UNDERSTOOD:
        return []
    noise = noise_scores(view.image1, view.sure2, view.valid)
    boxes = small_changes(noise, 0.0 if view.image2 is view.raw2 else left)
    found = join_near([_counted(box, noise, evidence) for box in boxes], _REACH, max(noise.score.shape))
    return _standing(found, view, evidence)


def _supported(faint: Sequence[Proposal], doubtful: Sequence[Proposal]) -> list[Proposal]:
    """Those at which the plain map has nothing at all, however doubtful, lose their confidence."""
    return [
        one if any(_inside(other.box, one.box) >= _KNOWN for other in doubtful) else replace(one, confidence=_LONE)
        for one in faint
    ]


def _counted(box: Box, noise: Noise, evidence: PixelEvidence) -> Proposal:
    cut = slice(box[1], box[3]), slice(box[0], box[2])
    sure = noise.score[cut] > SURE
    return Proposal(box, int(sure.sum()), float(evidence.excess[cut][sure].sum()), _FAINT)


def _apart(found: Sequence[Proposal], known: Sequence[Proposal]) -> list[Proposal]:
    """Those that are no part of a likely one."""
    likely = [one for one in known if one.confidence >= confidence.LIKELY]
    return [one for one in found if all(_inside(one.box, other.box) < _KNOWN for other in likely)]


def _likely(probability: FloatMap, view: View) -> Flags:
    """The pixels that probably changed."""
    height, width = view.image1.shape[:2]
    return np.asarray(cv2.resize(probability, (width, height), interpolation=cv2.INTER_LINEAR) > confidence.LIKELY)


def _standing(proposals: list[Proposal], view: View, evidence: PixelEvidence) -> list[Proposal]:
    """Without those that a local shift explains."""
    return [
        replace(one, confidence=_SLID) if slides_away(view.image1, view.sure2, one.box, evidence) else one
        for one in proposals
    ]


def _inside(box: Box, other: Box) -> float:
    """Share of `box` that `other` covers."""
    return intersection(box, other) / max(1, area(box))


def _find_new(view: View, image2: RGB, found: Found, evidence: PixelEvidence, perception: Perception) -> Finding | None:
    """What either image shows and the other shows nowhere; null where the backend recognises nothing."""
    tokens1, tokens2 = perception.tokens(view.image1), perception.tokens(image2)
    if tokens1 is None or tokens2 is None:
        return None
    seen = objects.look_for(view.image1, image2, tokens1, tokens2)
    proposals = [Proposal(one.box, one.pixels, 0.0, one.confidence) for one in seen.found]
    one_scene = verdict.related(found, float(evidence.changed.mean()), seen.cost)
    return Finding(proposals, seen.changed, one_scene)


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
