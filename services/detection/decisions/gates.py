"""Detection's gates: which regions are kept, and every reason that spoke."""

from collections.abc import Sequence
from dataclasses import dataclass

from imgdiff.records import Box, Policy, Reason
from services.detection.decisions.nms import overlapped


@dataclass(frozen=True)
class Candidate:
    """One measured proposal in image1's pixels: share of the image, 0..1 difference, cosine of the crops.

    `evidence` is what the backend calls it on its own scale: a probability of change, or the share of changed pixels.
    """

    box: Box
    difference: float
    share: float
    similarity: float | None
    evidence: float = 1.0


@dataclass(frozen=True)
class Judgement:
    """Whether a candidate is kept, and what the gates said."""

    kept: bool
    reasons: tuple[Reason, ...]


def judge(found: Sequence[Candidate], policy: Policy, limits: dict[str, float]) -> list[Judgement]:
    """One judgement each, in order; describe drops for lack of evidence, overlap and the limit, curate for all."""
    spoken = [_own_reasons(one, limits) for one in found]
    kept = [not any(_drops(reason, policy) for reason in reasons) for reasons in spoken]
    _drop_overlaps(found, spoken, kept, limits["region.overlap"])
    _drop_surplus(found, spoken, kept, limits["region.limit"])
    return [Judgement(flag, tuple(reasons)) for flag, reasons in zip(kept, spoken, strict=True)]


def worth_measuring(found: Sequence[Candidate], policy: Policy, limits: dict[str, float]) -> list[int]:
    """Indices that no gate drops without a similarity, in order: the networks see only these."""
    return [index for index, one in enumerate(found)
            if not any(_drops(reason, policy) for reason in _own_reasons(one, limits))]  # fmt: skip


def _own_reasons(one: Candidate, limits: dict[str, float]) -> list[Reason]:
    reasons = []
    for code, value in (("region.no_evidence", one.evidence), ("region.too_small", one.share)):
        if value < limits[code]:
            reasons.append(Reason(code=code, value=value, threshold=limits[code]))
    code = "region.too_similar"
    if one.similarity is not None and one.similarity > limits[code]:
        reasons.append(Reason(code=code, value=one.similarity, threshold=limits[code]))
    return reasons


def _drops(reason: Reason, policy: Policy) -> bool:
    return policy is Policy.CURATE or reason.code == "region.no_evidence"


def _drop_overlaps(found: Sequence[Candidate], spoken: list[list[Reason]], kept: list[bool], limit: float) -> None:
    alive = [index for index, flag in enumerate(kept) if flag]
    dropped = overlapped([found[i].box for i in alive], [found[i].difference for i in alive], limit)
    for place, value in dropped.items():
        kept[alive[place]] = False
        spoken[alive[place]].append(Reason(code="region.overlap", value=value, threshold=limit))


def _drop_surplus(found: Sequence[Candidate], spoken: list[list[Reason]], kept: list[bool], limit: float) -> None:
    alive = sorted((i for i, flag in enumerate(kept) if flag), key=lambda i: -found[i].difference)
    for rank, index in enumerate(alive, 1):
        if rank > limit:
            kept[index] = False
            spoken[index].append(Reason(code="region.limit", value=float(rank), threshold=limit))
