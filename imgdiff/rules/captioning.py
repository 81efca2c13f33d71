"""Captioning's gates (paper, sections 3.4, 15.3.3, 16): `describe` reports those that fire, `curate` drops by them."""

from imgdiff.records import Policy, Reason, Scores
from imgdiff.rules.decision import Decision
from imgdiff.rules.thresholds import SWAPPED, Thresholds

Captions = tuple[str | None, str | None]


def decide(
    captions: Captions, scores: Scores, policy: Policy, thresholds: Thresholds, *, named: bool = True
) -> Decision:
    """Whether the region stays. Each caption needs its match, and two captions that match need their similarity."""
    decision = Decision()
    drops = policy is Policy.CURATE
    matched = zip(captions, (scores.text_match1, scores.text_match2), strict=True)
    matches = [match for caption, match in matched if caption is not None]
    if matches:
        known = [match for match in matches if match is not None]
        least = min(known) if len(known) == len(matches) else None
        decision.apply(thresholds, "caption.mismatch", least, drops=drops)
    similarity = scores.caption_similarity
    if similarity is not None or (None not in captions and not decision.drops):
        decision.apply(thresholds, "caption.too_similar", similarity, drops=drops)
    if not named:
        decision.reasons.append(Reason(code="caption.no_label"))
    return decision


def decide_question(shown: float | None, erased: float | None, thresholds: Thresholds) -> Decision:
    """Whether the question of a removal or addition can be answered (paper, section 16): the description fits the image
    that shows the object and not the other one, by the matches with both crops.
    """
    decision = Decision()
    decision.apply(thresholds, "question.mismatch", shown)
    decision.apply(thresholds, "question.still_shown", erased)
    return decision


def decide_direction(swapped: float, thresholds: Thresholds) -> Decision:
    """Whether the images are in the order that is claimed of them; `swapped` is how surely they are not, 0..1."""
    decision = Decision()
    decision.apply(thresholds, SWAPPED, swapped)
    return decision
