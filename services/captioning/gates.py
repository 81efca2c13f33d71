"""Captioning's gates: `describe` reports what they say, `curate` drops by it."""

from collections.abc import Mapping

from imgdiff.records import Policy, Reason, Scores


def judge(scores: Scores, named: bool, policy: Policy, limits: Mapping[str, float]) -> tuple[bool, tuple[Reason, ...]]:
    """Whether the region stays, and what the gates said; a score that was not measured says nothing."""
    spoken = []
    matches = [value for value in (scores.text_match1, scores.text_match2) if value is not None]
    least = limits["caption.mismatch"]
    if matches and min(matches) < least:
        spoken.append(Reason(code="caption.mismatch", value=min(matches), threshold=least))
    most, alike = limits["caption.too_similar"], scores.caption_similarity
    if alike is not None and alike > most:
        spoken.append(Reason(code="caption.too_similar", value=alike, threshold=most))
    kept = policy is not Policy.CURATE or not spoken
    if not named:
        spoken.append(Reason(code="caption.no_label"))
    return kept, tuple(spoken)
