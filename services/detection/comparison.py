"""A comparison: one pair from pixels to judged regions, every step in its order."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from imgdiff.boxes import area
from imgdiff.images import RGB
from imgdiff.records import Alignment, Box, Reason, Verdict
from imgdiff.stages import DetectedRegion, Detection
from services.detection import alignment, gates, masks, verdict
from services.detection.alignment import Found
from services.detection.evidence import Content, PixelEvidence, content_of, pixel_evidence, same_capture
from services.detection.geometry import rescaled, scaling
from services.detection.illumination import relight, uncensored
from services.detection.perception import Flags, FloatMap, Perception
from services.detection.proposals import Proposal, from_features, from_novelty, from_pixels, mask_inside
from services.detection.schema import PairWork
from services.detection.sliding import slides_away
from services.detection.thresholds import effective
from services.serving.cancellation import Cancellation

_PIXELS = 3_000_000  # compared at this many pixels at most; boxes are reported in the original's
_LOUD = 64.0  # grey levels of mean excess at which a difference reaches 1 - 1/e
_CROPS = 100


@dataclass(frozen=True)
class View:
    """A pair on one grid: image2 laid over image1, relit, and where it has pixels."""

    image1: RGB
    image2: RGB
    sure2: RGB
    """image2 with image1's pixels where a burnt-out or black one says no more than that it may be the same."""
    valid: Flags
    content: Content
    exact: bool


@dataclass(frozen=True)
class Finding:
    """What was found on a view; `change` is null where pixels alone were enough."""

    evidence: PixelEvidence
    change: FloatMap | None
    proposals: list[Proposal]
    changed: Flags
    related: bool


def compare(work: PairWork, perception: Perception, cancellation: Cancellation) -> Detection:
    """The whole answer for one pair; raises WorkCancelled between steps."""
    started = time.perf_counter()
    limits = effective(work.request.thresholds, perception.thresholds, work.request.max_regions)
    if work.image1.shape == work.image2.shape and np.array_equal(work.image1, work.image2):
        return _identical(limits, started)
    image1, image2 = _shrunk(work.image1), _shrunk(work.image2)
    exact = same_capture(image1, image2)
    found = _align(image1, image2, None if exact or not work.request.align else cancellation.check)
    view = lay_over(image1, image2, found, exact=exact)
    cancellation.check()
    finding = find(view, found, perception)
    cancellation.check()
    answer = _answer(work, view, finding, found, perception, limits)
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


def _identical(limits: dict[str, float], started: float) -> Detection:
    return Detection(
        alignment=_alignment(Found(np.eye(3), "identity", 1.0), applied=False),
        similarity=1.0,
        verdict=Verdict.SAME,
        reasons=(Reason(code="pair.identical"),),
        parameters=limits,
        seconds=time.perf_counter() - started,
    )


def _shrunk(image: RGB) -> RGB:
    size = _compared_size(image)
    if size == (image.shape[1], image.shape[0]):
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def _compared_size(image: RGB) -> tuple[int, int]:
    """Width and height at which an image is compared."""
    height, width = image.shape[:2]
    factor = min(1.0, (_PIXELS / (height * width)) ** 0.5)
    return max(1, round(width * factor)), max(1, round(height * factor))


def _align(image1: RGB, image2: RGB, check: Callable[[], None] | None) -> Found:
    """The transform by evidence; without `check`, which is called between its steps, image2 is only stretched."""
    matrix = scaling(image2.shape[1] / image1.shape[1], image2.shape[0] / image1.shape[0])
    stretched = Found(matrix, alignment.name_of(matrix, image1.shape[1], image1.shape[0]), 1.0)
    if check is None:
        return stretched
    found = alignment.align(image1, image2, check)
    return found if found.trusted else replace(stretched, score=found.score)  # a wrong warp is worse than none


def _alignment(found: Found, *, applied: bool) -> Alignment:
    rows = tuple(tuple(float(value) for value in row) for row in found.matrix)
    return Alignment.model_validate(
        {"applied": applied, "model": found.model, "matrix": rows, "score": round(found.score, 4)}
    )


def _in_original(found: Found, work: PairWork, view: View) -> Found:
    """The same transform between the images as they were sent."""
    (height1, width1), (height2, width2) = work.image1.shape[:2], work.image2.shape[:2]
    compared2 = _compared_size(work.image2)
    down = scaling(view.image1.shape[1] / width1, view.image1.shape[0] / height1)
    up = scaling(width2 / compared2[0], height2 / compared2[1])
    matrix = up @ found.matrix @ down
    return Found(matrix / matrix[2, 2], alignment.name_of(matrix / matrix[2, 2], width1, height1), found.score)


def _answer(
    work: PairWork, view: View, finding: Finding, found: Found, perception: Perception, limits: dict[str, float]
) -> Detection:
    proposals = finding.proposals
    similarities = perception.similarities(
        [view.image1, *(_crop(view.image1, one.box) for one in proposals[:_CROPS])],
        [view.image2, *(_crop(view.image2, one.box) for one in proposals[:_CROPS])],
    )
    whole, *crops = similarities
    candidates = _candidates(work, view, finding, [*crops, *[None] * (len(proposals) - len(crops))])
    judgements = gates.judge(candidates, work.request.policy, limits)
    regions = _regions(work, finding, candidates, judgements)
    if not finding.related:
        regions = [_unrelated(region) for region in regions]
    verdict_, reasons = verdict.decide(sum(region.kept for region in regions), finding.related)
    if work.request.align and not found.trusted and not view.exact:
        reasons.append(Reason(code="alignment.not_found", value=found.score))
    ordered = sorted(regions, key=lambda region: (not region.kept, -region.difference))
    return Detection(
        alignment=_alignment(_in_original(found, work, view), applied=found.model != "identity"),
        similarity=whole,
        verdict=verdict_,
        regions=tuple(region for region in ordered if region.kept or work.request.keep_rejected),
        reasons=(*reasons, *verdict.pair_reasons(whole, work.request.policy, limits)),
        models=perception.models,
        parameters=limits,
        seconds=0.0,
    )


def _crop(image: RGB, box: Box) -> RGB:
    return image[box[1] : box[3], box[0] : box[2]]


def _candidates(
    work: PairWork, view: View, finding: Finding, similarities: list[float | None]
) -> list[gates.Candidate]:
    height, width = work.image1.shape[:2]
    across, down = width / view.image1.shape[1], height / view.image1.shape[0]
    found = []
    for one, similarity in zip(finding.proposals, similarities, strict=True):
        box = rescaled(one.box, across, down, width, height)
        loudness = one.mass / max(1, one.pixels) / _LOUD
        if finding.change is not None:
            loudness += float(_crop_map(finding.change, one.box).max())
        found.append(gates.Candidate(box, float(1 - np.exp(-loudness)), area(box) / (height * width), similarity))
    return found


def _crop_map(values: FloatMap, box: Box) -> FloatMap:
    return values[box[1] : box[3], box[0] : box[2]]


def _regions(
    work: PairWork,
    finding: Finding,
    candidates: list[gates.Candidate],
    judgements: list[gates.Judgement],
) -> list[DetectedRegion]:
    """Masks only for the kept ones: each costs a pass over the whole image."""
    height, width = work.image1.shape[:2]
    changed = finding.changed
    regions = []
    for one, candidate, judgement in zip(finding.proposals, candidates, judgements, strict=True):
        inside = mask_inside(changed, one.box)
        regions.append(
            DetectedRegion(
                box=candidate.box,
                mask=masks.encode_inside(inside, candidate.box, width, height) if judgement.kept else None,
                difference=round(candidate.difference, 6),
                crop_similarity=candidate.similarity,
                kept=judgement.kept,
                reasons=judgement.reasons,
            )
        )
    return regions


def _unrelated(region: DetectedRegion) -> DetectedRegion:
    reasons = (*region.reasons, Reason(code="pair.unrelated"))
    return region.model_copy(update={"kept": False, "mask": None, "reasons": reasons})
