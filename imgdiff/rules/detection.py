"""Detection's gates on a pair and on its regions (paper, sections 3.3 and 15.3).

`describe` drops regions for lack of evidence, overlap and number alone and reports the other gates; `curate` drops by
all of them. Two methods differ in their order: the comparison applies every gate to every proposal, the area generator
applies the cheap ones first and measures nothing more of what they drop.
"""

import math
from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field

from imgdiff.boxes import iou
from imgdiff.frozen import Frozen
from imgdiff.records import Box, Policy
from imgdiff.rules.decision import Decision
from imgdiff.rules.likeness import doubt_alike, is_doubted
from imgdiff.rules.thresholds import DETECTION, Thresholds

COMPARED_CROPS = 100  # pairs of crops that the comparison embeds at most; chosen, not measured
REGION_GATES = tuple(code for code in DETECTION if not code.startswith("pair."))
_UNDER_DESCRIBE = frozenset({"region.no_evidence", "region.overlap", "region.limit"})


class Method(StrEnum):
    """How detection finds regions, and so in which order its gates act."""

    COMPARISON = "comparison"
    AREA_GENERATOR = "area_generator"


class RegionScores(Frozen):
    """What the gates compare of one proposal, unrounded."""

    number: int = Field(ge=0, description="Its place among the pair's proposals.")
    box: Box | None = Field(
        description="The box that is compared with others; for the area generator on the compared grid. Null for "
        "content that only image2 extends to, which overlaps nothing."
    )
    share: float = Field(description="Share of the image that the box covers, 0..1.")
    evidence: float = Field(
        description="Probability of a change, 0..1; for the area generator the share of its pixels that changed."
    )
    similarity: float | None = Field(
        default=None, description="Cosine of the two crops, -1..1; null where it was not measured."
    )
    object_match: float | None = Field(
        default=None,
        description="Best match of a crop with a noun that only its own caption names; null where none was measured.",
    )
    object_match_partial: bool = Field(
        default=False, description="Whether only one of the two crops was matched, so that the best may be higher."
    )
    difference: float = Field(description="0..1, higher is more different; decides which of several regions stays.")
    alone: bool = Field(default=False, description="Whether only one image extends there, so that crops say nothing.")
    light: float | None = Field(
        default=None,
        description="Grey levels of light that no model explained, under which a high similarity lowers the evidence; "
        "null where it does not.",
    )

    @property
    def place(self) -> Box:
        """The box of a proposal that has one; raises ValueError else."""
        if self.box is None:
            raise ValueError("the proposal has no box")
        return self.box


def drops(code: str, policy: Policy) -> bool:
    """Whether a region gate drops under this policy, or only reports."""
    return policy is Policy.CURATE or code in _UNDER_DESCRIBE


def decide_pair(similarity: float | None, policy: Policy, thresholds: Thresholds) -> Decision:
    """The paper's gates on whole images, by the cosine of the two; only `curate` applies them."""
    decision = Decision()
    if similarity is not None and policy is Policy.CURATE:
        decision.apply(thresholds, "pair.too_different", similarity)
        if not decision.drops:
            decision.apply(thresholds, "pair.too_similar", similarity)
    return decision


def is_searched(pair: Decision, changed: bool, thresholds: Thresholds) -> bool:
    """Whether the area generator segments a pair: not when it is rejected as a whole, or if no segment could pass."""
    return not pair.drops and (changed or not thresholds.fires("region.no_evidence", 0.0))


def crops_to_compare(regions: Sequence[RegionScores], policy: Policy, thresholds: Thresholds) -> list[int]:
    """Indices of the regions whose crops the comparison embeds, in order: those that the cheap gates leave."""
    return _undropped(regions, [_apply_cheap_gates(region, policy, thresholds) for region in regions])


def decide_compared(
    regions: Sequence[RegionScores], policy: Policy, thresholds: Thresholds, *, embeds: bool
) -> list[Decision]:
    """One decision for each region of the comparison, in order; a backend that does not embed compares no crops."""
    decisions = [_apply_cheap_gates(region, policy, thresholds) for region in regions]
    for index in _undropped(regions, decisions) if embeds else ():
        region, code = regions[index], "region.too_similar"
        if region.similarity is None and region.light is not None and is_doubted(region.light):
            decisions[index].doubt("region.no_evidence")
        decisions[index].apply(thresholds, "region.no_evidence", _weigh(region))
        decisions[index].apply(thresholds, code, region.similarity, drops=drops(code, policy))
        _apply_object_gate(decisions[index], region, policy, thresholds)
    _decide_together(regions, [region.difference for region in regions], decisions, thresholds)
    return decisions


def weigh_evidence(
    regions: Sequence[RegionScores], policy: Policy, thresholds: Thresholds, *, embeds: bool
) -> list[float]:
    """Probability of a change in each region of the comparison: of those that are compared, given their similarity."""
    compared = set(crops_to_compare(regions, policy, thresholds)) if embeds else set()
    return [_weigh(region) if index in compared else region.evidence for index, region in enumerate(regions)]


def _weigh(region: RegionScores) -> float:
    if region.light is None or region.similarity is None:
        return region.evidence
    return doubt_alike(region.evidence, region.similarity, region.light)


def decide_areas(regions: Sequence[RegionScores], policy: Policy, thresholds: Thresholds) -> list[Decision]:
    """One decision for each region of the area generator, in order; without a similarity its difference is unknown."""
    decisions = [decide_area(region, policy, thresholds) for region in regions]
    differences = [math.inf if region.similarity is None else region.difference for region in regions]
    _decide_together(regions, differences, decisions, thresholds)
    return decisions


def decide_area(region: RegionScores, policy: Policy, thresholds: Thresholds) -> Decision:
    """What the gates say of one region of the area generator alone; undecided until its crops are compared."""
    decision = Decision()
    small, evidence = "region.too_small", "region.no_evidence"
    if drops(small, policy):
        decision.apply(thresholds, small, region.share)
    if not decision.drops:
        decision.apply(thresholds, evidence, region.evidence)
    if decision.drops:
        return decision
    similarity = region.similarity
    if "region.too_similar" in thresholds.values:  # else nobody knows the scale of the cosine
        decision.apply(thresholds, evidence, None if similarity is None else 1.0 - similarity)
    if not drops(small, policy) and similarity is not None:
        decision.apply(thresholds, small, region.share, drops=False)
    code = "region.too_similar"
    decision.apply(thresholds, code, similarity, drops=drops(code, policy))
    _apply_object_gate(decision, region, policy, thresholds)
    return decision


def is_matched(region: RegionScores, thresholds: Thresholds) -> bool:
    """Whether no further crop of a region has to be matched with its nouns."""
    if region.object_match is None:
        return False
    return not region.object_match_partial or not thresholds.fires("object.mismatch", region.object_match)


def shows_noun(region: RegionScores | None, thresholds: Thresholds) -> bool | None:
    """Whether a crop of the region shows an exchanged noun; null where none was matched."""
    code = "object.mismatch"
    if region is None or region.object_match is None or code not in thresholds.values:
        return None
    return not thresholds.fires(code, region.object_match)


def _apply_object_gate(decision: Decision, region: RegionScores, policy: Policy, thresholds: Thresholds) -> None:
    """The dearest gate comes last, and what others drop is not matched: all of them must pass, in whatever order."""
    code = "object.mismatch"
    if decision.drops or code not in thresholds.values:
        return
    value = region.object_match if is_matched(region, thresholds) else None
    decision.apply(thresholds, code, value, drops=drops(code, policy))


def _apply_cheap_gates(region: RegionScores, policy: Policy, thresholds: Thresholds) -> Decision:
    decision = Decision()
    for code, value in (("region.no_evidence", region.evidence), ("region.too_small", region.share)):
        decision.apply(thresholds, code, value, drops=drops(code, policy))
    return decision


def _undropped(regions: Sequence[RegionScores], decisions: Sequence[Decision]) -> list[int]:
    """The places that both images show."""
    both = zip(regions, decisions, strict=True)
    return [index for index, (region, one) in enumerate(both) if not one.drops and not region.alone][:COMPARED_CROPS]


def _decide_together(
    regions: Sequence[RegionScores], differences: Sequence[float], decisions: Sequence[Decision], thresholds: Thresholds
) -> None:
    """Overlap, then number: the more different region stays, and an unknown difference may be the largest."""
    order = sorted(range(len(regions)), key=lambda index: -differences[index])
    _suppress_overlaps(regions, [index for index in order if not decisions[index].drops], decisions, thresholds)
    _limit_number([decisions[index] for index in order if not decisions[index].drops], thresholds)


def _suppress_overlaps(
    regions: Sequence[RegionScores], order: Sequence[int], decisions: Sequence[Decision], thresholds: Thresholds
) -> None:
    """Greedy non-maximum suppression over the indices in `order`."""
    code = "region.overlap"
    survivors: list[int] = []
    for index in order:
        certain = doubtful = 0.0
        for other in survivors:
            overlap = _overlap(regions[index].box, regions[other].box)
            if decisions[other].kept:
                certain = max(certain, overlap)
            else:
                doubtful = max(doubtful, overlap)
        decisions[index].apply(thresholds, code, certain)
        if decisions[index].drops:
            continue
        if doubtful and thresholds.fires(code, doubtful):
            decisions[index].doubt(code)
        survivors.append(index)


def _overlap(one: Box | None, two: Box | None) -> float:
    return 0.0 if one is None or two is None else iou(one, two)


def _limit_number(ranked: Sequence[Decision], thresholds: Thresholds) -> None:
    """Only so many of the first ones stay."""
    code = "region.limit"
    certain = doubtful = 0
    for decision in ranked:
        kept = decision.kept
        decision.apply(thresholds, code, float(certain + 1))
        if doubtful and not decision.drops and thresholds.fires(code, float(certain + doubtful + 1)):
            decision.doubt(code)
        certain += kept is True
        doubtful += kept is None
