"""The verdict: what a pair is as a whole, and why."""

from imgdiff.records import Policy, Reason, Verdict
from services.detection.alignment import Found

_AGREES = 0.2  # mean local ZNCC; two unrelated photos reach about 0.05
_COVERED = 0.3  # share of changed pixels that two unrelated images always exceed


def related(found: Found, coverage: float, same: bool) -> bool:
    """Whether the two images show one scene: something of their structure agrees, or most pixels do not differ."""
    return same or found.score >= _AGREES or coverage < _COVERED


def pair_reasons(similarity: float | None, policy: Policy, limits: dict[str, float]) -> list[Reason]:
    """The paper's gates on whole images; only curate looks at them."""
    if similarity is None or policy is Policy.DESCRIBE:
        return []
    low, high = limits["pair.too_different"], limits["pair.too_similar"]
    if similarity < low:
        return [Reason(code="pair.too_different", value=similarity, threshold=low)]
    if similarity > high:
        return [Reason(code="pair.too_similar", value=similarity, threshold=high)]
    return []


def decide(kept: int, is_related: bool) -> tuple[Verdict, list[Reason]]:
    """`same` without a kept region, `unrelated` when nothing agrees, else `different`."""
    if not is_related:
        return Verdict.UNRELATED, [Reason(code="pair.unrelated")]
    if kept == 0:
        return Verdict.SAME, [Reason(code="pair.no_evidence")]
    return Verdict.DIFFERENT, []
