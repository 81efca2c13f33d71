"""The outcome of an attempt as the stages and the pipeline left it: read, not decided."""

from collections.abc import Sequence

from gateway.funnel.facts import Attempt, CaptionedRegion, DetectedRegion, Detection, PairFacts
from gateway.funnel.steps import (
    ENTRY,
    NO_EVIDENCE,
    ON_WHOLE_IMAGES,
    PLACE,
    SURVIVED,
    End,
    Fate,
    Outcome,
    dropped,
    end_without_regions,
    first,
    settle,
)
from imgdiff.funnel import Step
from imgdiff.jobs import StageName, StageState
from imgdiff.records import Policy, Verdict
from imgdiff.rules.detection import drops

_NEVER = ("alignment.", "text.", "caption.no_label", "object.not_matched")  # prefixes of codes that end nothing
_ENDS = {StageState.FAILED: End.FAILED, StageState.CANCELLED: End.CANCELLED}


def outcome(pair: PairFacts, attempt: Attempt) -> Outcome:
    """Of one attempt, with the gates that only reported."""
    detection, captioning = attempt.detection, attempt.captioning
    fates = [] if detection is None else [_region_fate(region, pair.policy) for region in detection.regions]
    if detection is not None and captioning is not None:
        regions = zip(fates, detection.regions, captioning.regions, strict=True)
        fates = [_captioned_fate(*region) for region in regions]
    end = settle(_pair_fate(pair, attempt, fates), fates)
    return Outcome(end.pair, end.regions, _noted(attempt, end), None if attempt.rejected else pair.verdict)


def rejection(stage: StageName, codes: Sequence[str], fates: Sequence[Fate]) -> Fate:
    """Of a synthesised pair rejected after this stage; after captioning only captions can have ended it."""
    fired = [code for code in codes if not code.startswith(_NEVER)]
    whole = first(code for code in fired if code in ON_WHOLE_IMAGES)
    if whole is not None and stage is StageName.DETECTION:
        return dropped(whole)
    if NO_EVIDENCE in fired:
        return end_without_regions(fates)
    return dropped(first(fired) or NO_EVIDENCE)


def _region_fate(region: DetectedRegion, policy: Policy) -> Fate:
    if region.kept:
        return SURVIVED
    fate = dropped(
        first(code for code in region.codes if drops(code, policy)) or first(region.codes) or "region.no_evidence"
    )
    return fate._replace(place=max(fate.place, PLACE[Step.EVIDENCE]))  # a reason against the pair is no region's gate


def _captioned_fate(before: Fate, detected: DetectedRegion, captioned: CaptionedRegion) -> Fate:
    if before.end is not End.SURVIVED or captioned.kept:
        return before
    new = [code for code in captioned.codes if code not in detected.codes]
    return dropped(first(code for code in new if not code.startswith(_NEVER)) or "caption.mismatch")


def _pair_fate(pair: PairFacts, attempt: Attempt, fates: Sequence[Fate]) -> Fate:
    if attempt.rejected is not None:
        return rejection(*attempt.rejected, fates)
    if pair.verdict is Verdict.DIFFERENT:
        return SURVIVED
    if pair.verdict is not None:
        return _without_difference(attempt.detection, fates)
    return _unfinished(pair, attempt)


def _without_difference(detection: Detection | None, fates: Sequence[Fate]) -> Fate:
    """Of a pair whose record reports no difference; captions can only have dropped what detection kept."""
    captioned = any(fate.place >= PLACE[Step.TEXT_MATCH] for fate in fates)
    codes = () if detection is None or captioned else detection.codes
    whole = first(code for code in codes if code in ON_WHOLE_IMAGES)
    return end_without_regions(fates) if whole is None else dropped(whole)


def _unfinished(pair: PairFacts, attempt: Attempt) -> Fate:
    """At the first stage that is not done; the last pairs of a large synthesis have no stage yet."""
    waits = End.CANCELLED if pair.ended else End.OPEN
    for stage, state in attempt.states.items():
        if state is not StageState.SUCCEEDED:
            return Fate(End.FAILED if pair.failed else _ENDS.get(state, waits), PLACE[ENTRY[stage]])
    return Fate(waits, PLACE[Step.EDITING if pair.synthesis else Step.IMAGE_SIMILARITY])


def _noted(attempt: Attempt, end: Outcome) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Every code of the pair and of its counted regions other than the one that each is counted by."""
    detection, captioning = attempt.detection, attempt.captioning
    if detection is None:
        return (), ()
    of_pair = tuple(code for code in detection.codes if code not in (end.pair.code, NO_EVIDENCE))
    of_regions: list[str] = []
    for number, fate in enumerate(end.regions):
        captioned = () if captioning is None else captioning.regions[number].codes
        codes = dict.fromkeys((*detection.regions[number].codes, *captioned))
        of_regions.extend(code for code in codes if code != fate.code)
    return of_pair, tuple(of_regions)
