"""Which reviews stand after some events, and what they come to together."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from imgdiff.errors import InvalidRequest
from imgdiff.reviews.documents import Corrections, Decision, Judgement, Review, ReviewPatch, ReviewState

MAX_JUDGEMENT_BYTES = 32_768  # of a review as JSON, since each event holds two; chosen, not measured


@dataclass(frozen=True)
class Step:
    """One event: a review, or with `undone` the end of the review with that number."""

    number: int
    reviewer: str
    at: datetime
    undone: int | None = None
    after: Judgement | None = None


Standing = Mapping[str, Sequence[Step]]
"""By reviewer the reviews that were not undone, oldest first; the last one stands."""


def find_standing(steps: Iterable[Step]) -> Standing:
    """The reviews that were not undone, by reviewer; steps come in the order of their numbers."""
    found: dict[str, list[Step]] = {}
    for step in steps:
        reviews = found.setdefault(step.reviewer, [])
        if step.undone is None:
            reviews.append(step)
        else:
            found[step.reviewer] = [one for one in reviews if one.number != step.undone]
    return {reviewer: reviews for reviewer, reviews in found.items() if reviews}


def combine(standing: Standing, revision: int) -> Review:
    """What the reviews that stand come to together."""
    last = sorted((reviews[-1] for reviews in standing.values()), key=lambda step: step.number)
    judged = [(step, step.after) for step in last if step.after is not None]
    if not judged:
        return Review(revision=revision)
    newest, judgement = judged[-1]
    decision, votes = Counter(one.state for _, one in judged).most_common(1)[0]
    state = ReviewState(decision) if 2 * votes > len(judged) else ReviewState.DISPUTED
    return Review(
        state=state,
        revision=revision,
        reviewers=len(judged),
        reviewer=newest.reviewer,
        at=newest.at,
        rating=judgement.rating,
        note=judgement.note,
        corrections=_merge([one.corrections for _, one in judged]) if state is ReviewState.CORRECTED else None,
    )


def _merge(corrections: Iterable[Corrections | None]) -> Corrections:
    """All corrections; of two values for one field the later one."""
    merged: JsonValue = {}
    for one in corrections:
        if one is not None:
            merged = merge_patch(merged, one.model_dump(mode="json", exclude_none=True))
    return Corrections.model_validate(merged)


def judge(before: Judgement | None, patch: ReviewPatch) -> Judgement:
    """A reviewer's review after a patch; raises InvalidRequest where the parts do not go together."""
    corrects = patch.corrections is not None and _has_values(patch.corrections.model_dump(mode="json"))
    if corrects and patch.state not in (None, Decision.CORRECTED):
        detail = f"a review that is {patch.state} corrects nothing; leave `corrections` out, or say `corrected`"
        raise InvalidRequest.at("/review/corrections", "state", detail)
    target = {} if before is None else before.model_dump(mode="json", exclude_none=True)
    merged = merge_patch(target, patch.model_dump(mode="json", exclude_unset=True, exclude={"reviewer"}))
    if patch.state in (Decision.ACCEPTED, Decision.REJECTED):
        merged.pop("corrections", None)
    elif corrects:
        merged["state"] = Decision.CORRECTED.value
    return _check(_without_empty(merged))


def merge_patch(target: JsonValue, patch: JsonValue) -> dict[str, JsonValue]:
    """A document after a JSON merge patch (RFC 7396, section 2), both objects."""
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in (patch if isinstance(patch, dict) else {}).items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value) if isinstance(value, dict) else value
    return merged


def _has_values(value: JsonValue) -> bool:
    return any(map(_has_values, value.values())) if isinstance(value, dict) else value is not None


def _without_empty(judgement: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Without regions of which nothing is corrected any more, and without corrections if there is none."""
    corrections = judgement.get("corrections")
    if not isinstance(corrections, dict):
        return judgement
    regions = corrections.get("regions")
    found = regions.items() if isinstance(regions, dict) else ()
    kept: JsonValue = {index: one for index, one in found if one}
    left: dict[str, JsonValue] = {**corrections, "regions": kept}
    rest = {name: one for name, one in judgement.items() if name != "corrections"}
    return {**rest, "corrections": left} if kept or "caption" in left else rest


def _check(judgement: dict[str, JsonValue]) -> Judgement:
    if "state" not in judgement:
        raise InvalidRequest.at("/review/state", "missing", "your first review of a record needs a state")
    found = Judgement.model_validate(judgement)
    if found.state is Decision.CORRECTED and found.corrections is None:
        detail = "nothing is corrected; correct a text, a label, a change or a box, or say `accepted` or `rejected`"
        raise InvalidRequest.at("/review/corrections", "missing", detail)
    size = len(found.model_dump_json())
    if size > MAX_JUDGEMENT_BYTES:
        detail = f"your review has {size} bytes, and at most {MAX_JUDGEMENT_BYTES} are stored; shorten its texts"
        raise InvalidRequest.at("/review", "too_long", detail)
    return found
