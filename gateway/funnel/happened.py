"""What became of a try, as the stages and the coordinator left it: read off, not judged."""

from gateway.funnel.facts import Found, FoundRegion, PairFacts, Told, ToldRegion, Try
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
    first,
    settled,
    without_regions,
)
from imgdiff.funnel import Step
from imgdiff.jobs import StageName, StageState
from imgdiff.records import Policy, Verdict

UNDER_DESCRIBE = frozenset({"region.no_evidence", "region.overlap", "region.limit"})
_NEVER = ("alignment.", "text.", "caption.no_label")
_ENDS = {StageState.FAILED: End.FAILED, StageState.CANCELLED: End.CANCELLED}


def outcome(pair: PairFacts, one: Try) -> Outcome:
    """Of one try, with what was noted in it."""
    regions = [] if one.found is None else found_fates(one.found, pair.policy)
    if one.found is not None and one.told is not None:
        regions = [_told_fate(*both) for both in zip(regions, one.told.regions, one.found.regions, strict=True)]
    end = settled(_pair_fate(pair, one, regions), regions)
    return Outcome(end.pair, end.regions, _noted(one, end))


def found_fates(found: Found, policy: Policy) -> list[Fate]:
    """Of every region after detection."""
    return [SURVIVED if one.kept else _found_fate(one, policy) for one in found.regions]


def _found_fate(region: FoundRegion, policy: Policy) -> Fate:
    drops = [code for code in region.codes if policy is Policy.CURATE or code in UNDER_DESCRIBE]
    fate = dropped(first(drops) or first(region.codes) or "region.no_evidence")
    return fate._replace(place=max(fate.place, PLACE[Step.EVIDENCE]))  # what is told of the pair is no region's gate


def _told_fate(before: Fate, told: ToldRegion, region: FoundRegion) -> Fate:
    if before.end is not End.SURVIVED or told.kept:
        return before
    drops = [one.code for one in told.reasons if one.code not in region.codes and not one.code.startswith(_NEVER)]
    return dropped(first(drops) or "caption.mismatch")


def _pair_fate(pair: PairFacts, one: Try, regions: list[Fate]) -> Fate:
    if one.ended is not None:
        return _refused(*one.ended, regions)
    if pair.verdict is Verdict.DIFFERENT:
        return SURVIVED
    if pair.verdict is not None:
        return _same(one.found, regions)
    return _in_work(pair, one)


def _refused(stage: StageName, codes: tuple[str, ...], regions: list[Fate]) -> Fate:
    """A made pair that was not accepted; after captioning only what captioning can change has ended it."""
    spoken = [code for code in codes if not code.startswith(_NEVER)]
    whole = first(code for code in spoken if code in ON_WHOLE_IMAGES)
    if whole is not None and stage is StageName.DETECTION:
        return dropped(whole)
    if NO_EVIDENCE in spoken:
        return without_regions(regions)
    return dropped(first(spoken) or NO_EVIDENCE)


def _same(found: Found | None, regions: list[Fate]) -> Fate:
    """A pair that has a record which tells no difference; captions can only have dropped what detection kept."""
    captioned = any(one.place >= PLACE[Step.TEXT_MATCH] for one in regions)
    code = None if found is None or captioned else first(one for one in found.codes if one in ON_WHOLE_IMAGES)
    return without_regions(regions) if code is None else dropped(code)


def _in_work(pair: PairFacts, one: Try) -> Fate:
    """Where its first stage stands that is not done; of a large order the last pairs have none yet."""
    waits = End.CANCELLED if pair.ended else End.OPEN
    for stage, state in one.states.items():
        if state is not StageState.SUCCEEDED:
            return Fate(End.FAILED if pair.failed else _ENDS.get(state, waits), PLACE[ENTRY[stage]])
    return Fate(waits, PLACE[Step.EDITING if pair.synthesis else Step.IMAGE_SIMILARITY])


def _noted(one: Try, end: Outcome) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Every code that was told of the pair or a counted region and is not the one it is counted by."""
    found, told = one.found, one.told
    if found is None:
        return (), ()
    of_pair = tuple(code for code in found.codes if code not in (end.pair.code, NO_EVIDENCE))
    said: list[str] = []
    for number, fate in enumerate(end.regions):
        codes = dict.fromkeys((*found.regions[number].codes, *_said_after(told, number)))
        said.extend(code for code in codes if code != fate.code)
    return of_pair, tuple(said)


def _said_after(told: Told | None, number: int) -> tuple[str, ...]:
    return () if told is None else tuple(reason.code for reason in told.regions[number].reasons)
