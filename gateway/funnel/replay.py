"""A pair at other thresholds: the decisions of `imgdiff.rules` again, over the stored scores.

What was not measured stays unknown: a region that detection dropped was never captioned, a pair that was rejected
before captioning has no captions, a further attempt was never made. Attempts depend on their number and the seed alone,
so a later one that survived still does if an earlier one does not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gateway.funnel.facts import Attempt, Captioning, Detection, PairFacts
from gateway.funnel.happened import rejection
from gateway.funnel.steps import (
    NO_EVIDENCE,
    SURVIVED,
    End,
    Fate,
    Outcome,
    dropped,
    end_without_regions,
    first,
    settle,
    step_of,
    unknown,
)
from imgdiff.funnel import Step
from imgdiff.jobs import StageName
from imgdiff.records import Change, Edit, Policy, Reason, Verdict
from imgdiff.rules import acceptance
from imgdiff.rules import captioning as caption_rules
from imgdiff.rules import detection as rules
from imgdiff.rules.acceptance import KeptRegion
from imgdiff.rules.decision import Decision
from imgdiff.rules.detection import Method
from imgdiff.rules.thresholds import DUPLICATE, SWAPPED, Thresholds
from imgdiff.rules.verdicts import decide_verdict, differs_as_a_whole, explain_doubt, settle_verdict

_WITHOUT_THRESHOLD = frozenset({"pair.identical", "pair.unrelated", "pair.undetermined"})
_WITHOUT_SCORE = frozenset({DUPLICATE, SWAPPED})  # no stored score of the pair decides these


class PairReplay:
    """All attempts at a pair, with the outcomes that they had."""

    def __init__(self, pair: PairFacts, outcomes: Sequence[Outcome]) -> None:
        self._last = outcomes[-1]
        self._attempts = [AttemptReplay(pair, *both) for both in zip(pair.attempts, outcomes, strict=True)]

    def has_in_force(self, code: str, value: float) -> bool:
        """Whether every attempt that was decided by this gate was decided at this threshold."""
        return all(attempt.has_in_force(code, value) for attempt in self._attempts)

    def at(self, thresholds: Mapping[str, float]) -> Outcome:
        """The pair's outcome; where these thresholds change no decision, that of the last attempt itself."""
        if all(attempt.is_same_at(thresholds) for attempt in self._attempts):
            return self._last
        outcomes = [attempt.at(thresholds) for attempt in self._attempts]
        for end in (End.SURVIVED, End.UNKNOWN):
            for outcome in outcomes:
                if outcome.pair.end is end:
                    return outcome
        return outcomes[-1]


class AttemptReplay:
    """One attempt. Deciding it once at the thresholds in force shows which other thresholds change a decision."""

    def __init__(self, pair: PairFacts, attempt: Attempt, outcome: Outcome) -> None:
        self._pair, self._attempt, self._happened = pair, attempt, replace(outcome, noted=((), ()))
        self._in_force = Thresholds(_in_force(pair, attempt))
        if self._in_force.values and attempt.detection is not None:
            self._search = _DetectionReplay(attempt.detection, pair, self._in_force)
            self._decide(self._search, self._in_force)

    def has_in_force(self, code: str, value: float) -> bool:
        """Whether this threshold decided, or none of the gate did."""
        return self._in_force.values.get(code, value) == value

    def is_same_at(self, thresholds: Mapping[str, float]) -> bool:
        """Whether every decision stays as it was."""
        return all(self._in_force.same_at(code, value) for code, value in thresholds.items())

    def at(self, thresholds: Mapping[str, float]) -> Outcome:
        """The outcome at other thresholds."""
        return self._happened if self.is_same_at(thresholds) else self.decide(thresholds)

    def decide(self, thresholds: Mapping[str, float]) -> Outcome:
        """The outcome, decided anew even where nothing changes."""
        return self._decide(self._search, self._in_force.moved(thresholds)) if self._in_force.values else self._happened

    def _decide(self, search: "_DetectionReplay", thresholds: Thresholds) -> Outcome:
        if search.lacks_scores:
            same = thresholds.values == self._in_force.values
            return self._happened if same else Outcome(unknown(Step.IMAGE_SIMILARITY))
        whole, fates = search.decide(thresholds)
        if fates is None:
            return Outcome(unknown(Step.EVIDENCE))
        end, captioning = self._end_at_detection(search, whole, fates, thresholds), self._attempt.captioning
        if captioning is None:
            waiting = self._happened.pair.end in (End.OPEN, End.FAILED, End.CANCELLED)
            return settle(end or (self._happened.pair if waiting else unknown(Step.TEXT_MATCH)), fates)
        found = _any(fates, End.SURVIVED)
        if end is None:
            fates = self._decide_captions(search, captioning, fates, thresholds)
            end = self._end_at_record(search, captioning, fates, thresholds)
        return settle(end, fates, self._decide_verdict(search, whole, end, thresholds, found=found))

    def _decide_verdict(
        self, search: "_DetectionReplay", whole: Decision, end: Fate, thresholds: Thresholds, *, found: bool
    ) -> Verdict | None:
        """Of the record that a captioned attempt becomes; null where it becomes none or that is unknown.

        `found` is whether detection keeps a region, which captions may drop.
        """
        if end.end is End.UNKNOWN or (self._pair.enforced and end.end is not End.SURVIVED):
            return None
        verdict, _ = search.verdict(whole, found, thresholds)
        return settle_verdict(verdict, end.end is End.SURVIVED, search.pair_changes)

    def _end_at_detection(
        self, search: "_DetectionReplay", whole: Decision, fates: Sequence[Fate], thresholds: Thresholds
    ) -> Fate | None:
        """The pair's end before captioning, or nothing."""
        if self._pair.enforced and self._attempt.edit is not None:
            return self._end_at_acceptance(search, self._attempt.edit, whole, fates, thresholds)
        if _any(fates, End.SURVIVED) or (search.differs_as_a_whole and not search.rejects(whole)):
            return None
        end = end_without_regions(fates)
        return dropped(whole.drops[0]) if whole.drops and end.end is not End.UNKNOWN else end

    def _end_at_acceptance(
        self, search: "_DetectionReplay", edit: Edit, whole: Decision, fates: Sequence[Fate], thresholds: Thresholds
    ) -> Fate | None:
        surviving = [
            region for region, fate in zip(search.located(thresholds), fates, strict=False) if fate.end is End.SURVIVED
        ]
        complete = not _any(fates, End.UNKNOWN)
        verdict, reasons = search.verdict(whole, bool(surviving), thresholds) if surviving or complete else (None, ())
        kept = [region for region in surviving if region is not None]
        located = acceptance.locate(edit, kept, matched="object.mismatch" in thresholds.values)
        decision = acceptance.decide((*reasons, *whole.reasons), verdict, located, thresholds, complete=complete)
        if decision.kept is None:
            code = decision.unknown or NO_EVIDENCE
            return end_without_regions(fates) if code == NO_EVIDENCE else unknown(step_of(code))
        return None if decision.kept else rejection(StageName.DETECTION, decision.drops, fates)

    def _decide_captions(
        self, search: "_DetectionReplay", captioning: Captioning, fates: Sequence[Fate], thresholds: Thresholds
    ) -> list[Fate]:
        policy = self._pair.policy
        if policy is not Policy.CURATE:
            return list(fates)
        after = []
        for fate, kept, region in zip(fates, search.kept, captioning.regions, strict=False):
            if fate.end is not End.SURVIVED:
                after.append(fate)
            elif not kept:
                after.append(unknown(Step.TEXT_MATCH))  # it was dropped, and so never captioned
            else:
                captions = region.caption1, region.caption2
                after.append(_fate(caption_rules.decide(captions, region.scores, policy, thresholds)))
        return after

    def _end_at_record(
        self, search: "_DetectionReplay", captioning: Captioning, fates: Sequence[Fate], thresholds: Thresholds
    ) -> Fate:
        """Whether the record reports a difference, not the opposite of the edit, and its question can be answered."""
        if not _any(fates, End.SURVIVED) and not search.differs_as_a_whole:
            return end_without_regions(fates)
        edit = self._attempt.edit
        if edit is None or not self._pair.enforced or not acceptance.can_contradict(edit.operation):
            return SURVIVED
        kept = [fate.end is End.SURVIVED for fate in fates]
        were_kept = [both and region.kept for both, region in zip(search.kept, captioning.regions, strict=True)]
        changes = [region.change for region, alive in zip(captioning.regions, kept, strict=True) if alive]
        contradicted = bool(acceptance.contradicts(edit.operation, changes))
        moved = any(region.change is Change.MOVED for region in captioning.regions)
        if kept != were_kept and (contradicted or moved):
            return unknown(Step.RECORD)  # a move is known by both of its places
        if _any(fates, End.UNKNOWN) and not contradicted:
            return unknown(Step.RECORD)
        return (
            dropped("edit.contradicted")
            if contradicted
            else _end_at_question(captioning, thresholds, same=kept == were_kept)
        )


class _DetectionReplay:
    """What detection stored of one attempt, to be decided at any thresholds."""

    def __init__(self, detection: Detection, pair: PairFacts, in_force: Thresholds) -> None:
        self._detection, self._policy, self._in_force = detection, pair.policy, in_force
        self._keeps_rejected = pair.keep_rejected
        self.pair_changes = detection.pair_changes
        self.differs_as_a_whole = differs_as_a_whole(detection.pair_changes)
        self.boxes = [region.box for region in detection.regions]
        self.kept = [region.kept for region in detection.regions]
        scores = [(place, region.scores) for place, region in enumerate(detection.regions) if region.scores is not None]
        self._scores = sorted(scores, key=lambda item: item[1].number)
        self.lacks_scores = detection.method is None or len(scores) < len(self.boxes)
        self._compares = detection.method is not Method.AREA_GENERATOR
        self._embeds = detection.similarity is not None
        self._was_searched = self._is_searched(self._decide_pair(in_force), in_force)
        uncertain: Iterable[str] = () if pair.keep_rejected else rules.REGION_GATES
        for code in in_force.values if self.lacks_scores else uncertain:
            in_force.pin(code)

    def located(self, thresholds: Thresholds) -> list[KeptRegion | None]:
        """Every region as acceptance sees it if it is kept; null where image1 does not extend to it."""
        regions = self._detection.regions
        return [
            None if one.box is None else KeptRegion(one.box, rules.shows_noun(one.scores, thresholds))
            for one in regions
        ]

    def decide(self, thresholds: Thresholds) -> tuple[Decision, list[Fate] | None]:
        """The decision on the whole pair, and every region's fate; null where unstored regions may come back."""
        whole = self._decide_pair(thresholds)
        if not self._is_searched(whole, thresholds):
            return whole, []
        if not self._was_searched or (not self._keeps_rejected and self._differs(thresholds)):
            return whole, [unknown(Step.EVIDENCE)] * len(self.boxes) or None
        return whole, self._decide_regions(thresholds)

    def verdict(self, whole: Decision, kept: bool, thresholds: Thresholds) -> tuple[Verdict, tuple[Reason, ...]]:
        """The verdict on a related pair with its reason."""
        doubt: tuple[Reason, ...] = ()
        if not kept and self._compares:
            scores = [scores for _, scores in self._scores]
            doubt = explain_doubt(rules.weigh_evidence(scores, self._policy, thresholds, embeds=self._embeds))
        reasons = (*self._detection.reasons, *doubt)
        return decide_verdict(kept, self.pair_changes, reasons, searched=not self.rejects(whole))

    def rejects(self, whole: Decision) -> bool:
        """Whether a gate on whole images kept regions from being sought; the comparison only reports it."""
        return not self._compares and whole.drops != []

    def _decide_pair(self, thresholds: Thresholds) -> Decision:
        return rules.decide_pair(self._detection.similarity, self._policy, thresholds)

    def _is_searched(self, whole: Decision, thresholds: Thresholds) -> bool:
        return self._compares or rules.is_searched(whole, self._detection.changed, thresholds)

    def _differs(self, thresholds: Thresholds) -> bool:
        values, in_force = thresholds.values, self._in_force.values
        return any(values.get(code) != in_force.get(code) for code in rules.REGION_GATES)

    def _decide_regions(self, thresholds: Thresholds) -> list[Fate]:
        scores = [scores for _, scores in self._scores]
        if self._compares:
            decisions = rules.decide_compared(scores, self._policy, thresholds, embeds=self._embeds)
        else:
            decisions = rules.decide_areas(scores, self._policy, thresholds)
        fates = {place: _fate(decision) for (place, _), decision in zip(self._scores, decisions, strict=True)}
        return [fates[place] for place in range(len(fates))]


def _in_force(pair: PairFacts, attempt: Attempt) -> dict[str, float]:
    """The thresholds of all gates on the attempt; none where no threshold can change its outcome."""
    detection, captioning = attempt.detection, attempt.captioning
    if detection is None or not _WITHOUT_THRESHOLD.isdisjoint(detection.codes):
        return {}
    if attempt.rejected is not None and not _WITHOUT_SCORE.isdisjoint(attempt.rejected[1]):
        return {}
    accepted = attempt.thresholds if pair.enforced else {}
    return {**accepted, **detection.parameters, **(captioning.parameters if captioning is not None else {})}


def _end_at_question(captioning: Captioning, thresholds: Thresholds, *, same: bool) -> Fate:
    """Whether the object's description fits; where not the same regions are kept, it may come from another one."""
    described = captioning.described
    if described is None:
        return SURVIVED
    if not same:
        return unknown(Step.RECORD)
    decision = caption_rules.decide_question(described.match_shown, described.match_erased, thresholds)
    return SURVIVED if decision.kept else dropped(first(decision.drops) or "")


def _fate(decision: Decision) -> Fate:
    if decision.kept:
        return SURVIVED
    if decision.kept is None:
        return unknown(step_of(decision.unknown or ""))
    return dropped(first(decision.drops) or "")


def _any(fates: Sequence[Fate], end: End) -> bool:
    return any(fate.end is end for fate in fates)
