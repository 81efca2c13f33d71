"""The answer: findings on the compared grid become decided regions in image1's own pixels."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from imgdiff.boxes import area
from imgdiff.images import RGB
from imgdiff.records import Alignment, Box, ModelUse, Reason, Verdict
from imgdiff.rules import detection as rules
from imgdiff.rules.decision import Decision
from imgdiff.rules.detection import Method, RegionScores
from imgdiff.rules.thresholds import Thresholds
from imgdiff.stages import DetectedRegion, Detection
from services.detection.decisions import verdict
from services.detection.decisions.movement import linked
from services.detection.proposals.proposals import mask_inside
from services.detection.proposals.views import Finding, View, compared_size
from services.detection.registration import alignment
from services.detection.registration.alignment import Found
from services.detection.schema import PairWork
from services.imaging.arrays import Floats
from services.imaging.boxes import rescale
from services.imaging.figure_ground import crop_pair, score_figure
from services.imaging.masks import encode_in_box
from services.imaging.vectors import cosine
from services.imaging.warp import scaling

LOUD = 64.0  # grey levels of mean excess at which a difference reaches 1 - 1/e


def identical(limits: dict[str, float], started: float) -> Detection:
    """The answer for equal pixels."""
    return Detection(
        alignment=alignment_of(Found(np.eye(3), "identity", 1.0), applied=False),
        similarity=1.0,
        verdict=Verdict.SAME,
        confidence=1.0,
        reasons=(Reason(code="pair.identical"),),
        parameters=limits,
        seconds=time.perf_counter() - started,
    )


def alignment_of(found: Found, *, applied: bool) -> Alignment:
    """The transform as the record tells it."""
    rows = tuple(tuple(float(value) for value in row) for row in found.matrix)
    return Alignment.model_validate(
        {"applied": applied, "model": found.model, "matrix": rows, "score": round(found.score, 4)}
    )


def in_original(found: Found, work: PairWork, view: View) -> Found:
    """The same transform between the images as they were sent."""
    (height1, width1), (height2, width2) = work.image1.shape[:2], work.image2.shape[:2]
    compared2 = compared_size(work.image2)
    down = scaling(view.image1.shape[1] / width1, view.image1.shape[0] / height1)
    up = scaling(width2 / compared2[0], height2 / compared2[1])
    matrix = up @ found.matrix @ down
    return Found(matrix / matrix[2, 2], alignment.name_of(matrix / matrix[2, 2], width1, height1), found.score)


@dataclass(frozen=True)
class Compared:
    """A pair up to the question how alike its crops are, which all pairs of a batch ask together."""

    work: PairWork
    limits: dict[str, float]
    view: View
    found: Found
    finding: Finding
    candidates: list[RegionScores]
    seconds: float


WHOLE = -1  # index of the whole pair among the crops


def crops(pair: Compared) -> list[tuple[int, RGB, RGB]]:
    """What a network must compare: the whole pair, then the crops that the cheaper gates leave, with their indices."""
    one, two = pair.view.image1, pair.view.image2
    left = rules.crops_to_compare(pair.candidates, pair.work.request.policy, Thresholds(pair.limits))
    boxes = [pair.finding.proposals[index].box for index in left]
    return [(WHOLE, one, two), *((i, _crop(one, box), _crop(two, box)) for i, box in zip(left, boxes, strict=True))]


def compose(pair: Compared, vectors: Mapping[int, tuple[Floats, Floats]], models: tuple[ModelUse, ...]) -> Detection:
    """The answer from what was found and both unit vectors (D,) of each index of `crops`; none without an embedder."""
    work, view, finding, found, limits = pair.work, pair.view, pair.finding, pair.found, pair.limits
    similarities = {index: cosine(*both) for index, both in vectors.items()}
    whole = similarities.get(WHOLE)
    measured = [one.model_copy(update={"similarity": similarities.get(one.number)}) for one in pair.candidates]
    policy, thresholds = work.request.policy, Thresholds(limits)
    decisions = rules.decide_compared(measured, policy, thresholds, embeds=whole is not None)
    regions = _regions(work, finding, measured, decisions)
    if not finding.related:
        regions = [_unrelated(region) for region in regions]
    if found.trusted:
        regions = linked(regions, vectors, partial(_lean, view, finding))
    verdict_, reasons = rules.verdict(any(region.kept for region in regions), related=finding.related)
    if work.request.align and not found.trusted and not view.exact:
        reasons = (*reasons, Reason(code="alignment.not_found", value=found.score))
    ordered = sorted(regions, key=lambda region: (not region.kept, -region.difference))
    return Detection(
        alignment=alignment_of(in_original(found, work, view), applied=found.model != "identity"),
        similarity=whole,
        verdict=verdict_,
        confidence=verdict.confidence(verdict_, [one.confidence for one in finding.proposals]),
        regions=tuple(region for region in ordered if region.kept or work.request.keep_rejected),
        reasons=(*reasons, *rules.decide_pair(whole, policy, thresholds).reasons),
        method=Method.COMPARISON,
        models=models,
        parameters=limits,
        seconds=0.0,
    )


def _lean(view: View, finding: Finding, index: int) -> float:
    """Above 0 where image1 shows a thing at that proposal and image2 ground, below 0 the other way."""
    box = finding.proposals[index].box
    return score_figure(crop_pair(view.image1, view.image2, box, mask_inside(finding.changed, box)))


def _crop(image: RGB, box: Box) -> RGB:
    return image[box[1] : box[3], box[0] : box[2]]


def candidates(work: PairWork, view: View, finding: Finding) -> list[RegionScores]:
    """Every proposal in image1's own pixels with its difference; similarities are measured later."""
    height, width = work.image1.shape[:2]
    across, down = width / view.image1.shape[1], height / view.image1.shape[0]
    found = []
    for number, one in enumerate(finding.proposals):
        box = rescale(one.box, across, down, width, height)
        loudness = one.mass / max(1, one.pixels) / LOUD
        share, difference = area(box) / (height * width), float(1 - np.exp(-loudness - one.confidence))
        found.append(RegionScores(number=number, box=box, share=share, evidence=one.confidence, difference=difference))
    return found


def _regions(
    work: PairWork, finding: Finding, measured: list[RegionScores], decisions: list[Decision]
) -> list[DetectedRegion]:
    """Masks only for the kept ones: each costs a pass over the whole image."""
    height, width = work.image1.shape[:2]
    changed = finding.changed
    regions = []
    for one, scores, decision in zip(finding.proposals, measured, decisions, strict=True):
        kept = not decision.drops
        regions.append(
            DetectedRegion(
                box=scores.box,
                mask=encode_in_box(mask_inside(changed, one.box), scores.box, width, height) if kept else None,
                difference=round(scores.difference, 6),
                confidence=round(one.confidence, 4),
                crop_similarity=scores.similarity,
                kept=kept,
                reasons=tuple(decision.reasons),
                scores=scores,
            )
        )
    return regions


def _unrelated(region: DetectedRegion) -> DetectedRegion:
    reasons = (*region.reasons, Reason(code="pair.unrelated"))
    return region.model_copy(update={"kept": False, "mask": None, "reasons": reasons})
