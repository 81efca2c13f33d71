"""The answer to a comparison: proposals on the compared grid become decided regions in image1's own pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from imgdiff.boxes import area
from imgdiff.images import RGB
from imgdiff.records import ModelUse, Policy, Reason, Verdict
from imgdiff.rules import detection as rules
from imgdiff.rules.decision import Decision
from imgdiff.rules.detection import Method, RegionScores
from imgdiff.rules.thresholds import Thresholds
from imgdiff.rules.verdicts import AGAINST_REGIONS, decide_verdict, explain_doubt
from imgdiff.stages import DetectedRegion, Detection
from services.detection.decisions.beyond import make_region_beyond, rate_beyond
from services.detection.decisions.movement import link_moved
from services.detection.decisions.object_filter import Places, explain_unmatched
from services.detection.limits import LOUD, MISSED
from services.detection.pair import Pair, describe
from services.detection.proposals.proposal import Proposals, cut_mask
from services.detection.registration.transform import Transform
from services.english.exchange import NO_NOUNS, ExchangedNouns
from services.imaging.arrays import Floats
from services.imaging.boxes import crop
from services.imaging.figure_ground import crop_pair, score_figure
from services.imaging.masks import encode_in_box
from services.imaging.vectors import cosine

WHOLE = -1  # index of the whole pair among the crops


@dataclass(frozen=True)
class Comparison:
    """A pair up to the embedding of its crops, which all pairs of a batch share.

    `candidates` are the proposals in order, in image1's own pixels, without similarities.
    """

    pair: Pair
    thresholds: dict[str, float]
    proposals: Proposals
    candidates: list[RegionScores]
    seconds: float
    nouns: ExchangedNouns = NO_NOUNS


def answer_identical(thresholds: dict[str, float], seconds: float) -> Detection:
    """The answer for two images with the same pixels."""
    return Detection(
        alignment=describe(Transform(np.eye(3), "identity", 1.0), applied=False),
        similarity=1.0,
        verdict=Verdict.SAME,
        confidence=1.0,
        reasons=(Reason(code="pair.identical"),),
        parameters=thresholds,
        seconds=seconds,
    )


def make_candidates(pair: Pair, proposals: Proposals) -> list[RegionScores]:
    """Every proposal in image1's own pixels with its difference; similarities are measured later."""
    height, width = pair.work.image1.shape[:2]
    candidates = []
    for number, proposal in enumerate(proposals.items):
        box = pair.to_original(proposal.box)
        loudness = proposal.mass / max(1, proposal.pixels) / LOUD
        difference = float(1 - np.exp(-loudness - proposal.confidence))
        share = area(box) / (height * width)
        candidates.append(
            RegionScores(
                number=number,
                box=box,
                share=share,
                evidence=proposal.confidence,
                difference=difference,
                light=proposals.light,
            )
        )
    return [*candidates, *rate_beyond(pair.beyond, pair.work, len(candidates))]


def choose_crops(comparison: Comparison) -> list[tuple[int, RGB, RGB]]:
    """The crops to embed: the whole pair, then those that the cheaper gates leave, with their indices.

    Of two renderings none, where no gate needs them.
    """
    image1, image2 = comparison.pair.view.image1, comparison.pair.view.image2
    policy = comparison.pair.work.request.policy
    if comparison.pair.view.rendered and policy is Policy.DESCRIBE:
        return []
    left = rules.crops_to_compare(comparison.candidates, policy, Thresholds(comparison.thresholds))
    boxes = [comparison.proposals.items[index].box for index in left]
    crops = ((index, crop(image1, box), crop(image2, box)) for index, box in zip(left, boxes, strict=True))
    return [(WHOLE, image1, image2), *crops]


def measure(comparison: Comparison, vectors: Mapping[int, tuple[Floats, Floats]]) -> Places:
    """The candidates with their similarities, given both unit vectors (D,) of each index of `choose_crops`.

    Only places that are in both images, laid over one another, are matched with nouns.
    """
    pair, request = comparison.pair, comparison.pair.work.request
    view, thresholds = pair.view, Thresholds(comparison.thresholds)
    similarities = {index: cosine(*both) for index, both in vectors.items()}
    scores = [one.model_copy(update={"similarity": similarities.get(one.number)}) for one in comparison.candidates]
    boxes = [proposal.box for proposal in comparison.proposals.items]

    def decide(scores: Sequence[RegionScores]) -> list[Decision]:
        return rules.decide_compared(scores, request.policy, thresholds, embeds=WHOLE in vectors)

    return Places((view.image1, view.image2), comparison.nouns, boxes, scores, thresholds, decide)


def answer(
    comparison: Comparison,
    vectors: Mapping[int, tuple[Floats, Floats]],
    measured: Sequence[RegionScores],
    models: tuple[ModelUse, ...],
) -> Detection:
    """The answer from the measured candidates; there are no vectors without an embedder."""
    pair, request = comparison.pair, comparison.pair.work.request
    thresholds = Thresholds(comparison.thresholds)
    whole = cosine(*vectors[WHOLE]) if WHOLE in vectors else None
    decisions = rules.decide_compared(measured, request.policy, thresholds, embeds=whole is not None)
    evidence = rules.weigh_evidence(measured, request.policy, thresholds, embeds=whole is not None)
    regions = _make_regions(comparison, measured, decisions, evidence)
    uncompared = pair.explain_comparison(whole, comparison.proposals.matching_cost, comparison.proposals.light)
    if against_regions := [reason for reason in uncompared if reason.code in AGAINST_REGIONS]:
        regions = [_reject(region, against_regions) for region in regions]
    if pair.transform.trusted:
        regions = link_moved(regions, vectors, partial(_score_figure, comparison))
    changes = (*pair.statements.changes, *comparison.proposals.changes)
    kept = any(region.kept for region in regions)
    if not kept:
        uncompared = (*uncompared, *explain_doubt(evidence))
    unmatched = explain_unmatched(request, comparison.nouns) if regions else ()
    verdict, reasons = decide_verdict(kept, changes, uncompared)
    against = rules.decide_pair(whole, request.policy, thresholds).reasons
    ordered = sorted(regions, key=lambda region: (not region.kept, -region.difference))
    return Detection(
        alignment=pair.alignment,
        similarity=whole,
        verdict=verdict,
        confidence=rate_verdict(verdict, evidence, kept=kept),
        regions=tuple(region for region in ordered if region.kept or request.keep_rejected),
        pair_changes=changes,
        reasons=(*reasons, *uncompared, *against, *unmatched),
        method=Method.COMPARISON,
        content=pair.view.content,
        models=models,
        parameters=comparison.thresholds,
        seconds=comparison.seconds,
    )


def rate_verdict(verdict: Verdict, confidences: Sequence[float], *, kept: bool) -> float | None:
    """Probability that the verdict is right, given the confidence of each proposal, and whether any is kept.

    Null for verdicts that are not calibrated: `unrelated`, `undetermined`, and what differs only as a whole.
    """
    if verdict in (Verdict.UNRELATED, Verdict.UNDETERMINED) or (verdict is Verdict.DIFFERENT and not kept):
        return None
    changed = max(confidences, default=MISSED)
    return round(changed if verdict is Verdict.DIFFERENT else 1 - max(changed, MISSED), 4)


def _make_regions(
    comparison: Comparison, measured: Sequence[RegionScores], decisions: list[Decision], evidence: list[float]
) -> list[DetectedRegion]:
    """Masks only for the kept ones: each costs a pass over the whole image."""
    height, width = comparison.pair.work.image1.shape[:2]
    changed = comparison.proposals.changed
    regions = []
    for proposal, scores, decision, confidence in zip(
        comparison.proposals.items, measured, decisions, evidence, strict=False
    ):
        kept, box = not decision.drops, comparison.pair.to_original(proposal.box)
        moved_to = None if proposal.moved_to is None else comparison.pair.to_original(proposal.moved_to)
        regions.append(
            DetectedRegion(
                box=box,
                box2=comparison.pair.to_image2(moved_to or box),
                change=proposal.change,
                moved_to=moved_to,
                mask=encode_in_box(cut_mask(changed, proposal.box), box, width, height) if kept else None,
                difference=round(scores.difference, 6),
                confidence=round(confidence, 4),
                crop_similarity=scores.similarity,
                kept=kept,
                reasons=tuple(decision.reasons),
                scores=scores,
            )
        )
    beyond = zip(comparison.pair.beyond, measured[len(regions) :], decisions[len(regions) :], strict=True)
    return [*regions, *(make_region_beyond(*one) for one in beyond)]


def _reject(region: DetectedRegion, against: Sequence[Reason]) -> DetectedRegion:
    return region.model_copy(update={"kept": False, "mask": None, "reasons": (*region.reasons, *against)})


def _score_figure(comparison: Comparison, index: int) -> float:
    """Above 0 where image1 shows a thing at that proposal and image2 ground, below 0 the other way."""
    view, box = comparison.pair.view, comparison.proposals.items[index].box
    inside = cut_mask(comparison.proposals.changed, box)
    return score_figure(crop_pair(view.image1, view.image2, box, inside))
