"""A pair at other thresholds, judged by what is stored of it: the same gates in the same order, nothing computed anew.

What cannot be known stays unknown: a region that detection dropped was never captioned, a pair that was refused before
captioning has no captions, another try that was never made has no end. Tries are made from their number and the seed,
so a later one that survived still does if an earlier one does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.funnel.facts import Found, FoundRegion, PairFacts, Told, ToldRegion, Try
from gateway.funnel.regions import Regions
from gateway.funnel.steps import (
    ON_WHOLE_IMAGES,
    SURVIVED,
    End,
    Fate,
    Outcome,
    dropped,
    settled,
    unknown,
    without_regions,
)
from gateway.funnel.touching import touched
from gateway.pipeline import acceptance
from imgdiff.funnel import Step
from imgdiff.records import Change, EditScores, Policy

_CERTAIN = frozenset({"edit.elsewhere", "edit.outside_changed", "edit.outside_perceptual"})
"""Gates on an edit that more regions cannot make it pass."""
Limits = Mapping[str, float]


def judged(pair: PairFacts, happened: Sequence[Outcome], thresholds: Limits) -> Outcome:
    """What would become of the pair; the last of `happened` itself where these thresholds change nothing.

    `happened` is what became of each of its tries.
    """
    if not any(touched(pair, one, thresholds) for one in pair.tries):
        return happened[-1]
    outcomes = [Anew(pair, one, was, thresholds).outcome() for one, was in zip(pair.tries, happened, strict=True)]
    for end in (End.SURVIVED, End.UNKNOWN):
        for outcome in outcomes:
            if outcome.pair.end is end:
                return outcome
    return outcomes[-1]


@dataclass(frozen=True)
class Anew:
    """One try, gate by gate, at other thresholds."""

    pair: PairFacts
    one: Try
    was: Outcome
    thresholds: Limits

    def outcome(self) -> Outcome:
        """What would become of it."""
        found = self.one.found
        if found is None or not touched(self.pair, self.one, self.thresholds):
            return Outcome(self.was.pair, self.was.regions)
        return self.judged(found)

    def judged(self, found: Found) -> Outcome:
        """The same, also where no threshold that differs can change anything."""
        told = {} if self.one.told is None else self.one.told.parameters
        limits = {**found.parameters, **told}
        limits.update((code, value) for code, value in self.thresholds.items() if code in limits)
        search = Regions(found, self.pair.policy, self.pair.keep_rejected, self.pair.pixels)
        regions = search.fates(limits)
        hidden = not found.regions and search.incomplete(limits)
        end = self._after_detection(found, regions, limits, hidden)
        if end is not None:
            return settled(end, regions)
        if self.one.told is None:
            return settled(self._untold(), regions)
        regions = self._captioned(found, self.one.told, regions, limits)
        return settled(self._record(found, self.one.told, regions), regions)

    def _after_detection(self, found: Found, regions: Sequence[Fate], limits: Limits, hidden: bool) -> Fate | None:
        """The pair's end before captioning, or nothing; `hidden` are regions that nobody stored."""
        whole = "pair.identical" if "pair.identical" in found.codes else "pair.unrelated"
        if whole in found.codes:
            return dropped(whole)
        spoken = _on_whole_images(found, self.pair.policy, limits)
        if spoken is not None and _ends_a_search(found):
            return dropped(spoken)
        if hidden or _never_searched(found):
            return unknown(Step.EVIDENCE)
        if self.pair.enforced and self.one.edit is not None:
            return self._accepted(found, regions, spoken)
        if any(one.end is End.SURVIVED for one in regions):
            return None
        end = without_regions(regions)
        return end if spoken is None or end.end is End.UNKNOWN else dropped(spoken)

    def _accepted(self, found: Found, regions: Sequence[Fate], spoken: str | None) -> Fate | None:
        """The coordinator's look at a made pair (gateway/pipeline/results.py)."""
        sure = all(one.end is not End.UNKNOWN for one in regions)
        scores, against = self._against(found, regions)
        against = against if sure else [code for code in against if code in _CERTAIN]
        if spoken is not None:
            if against or not acceptance.untouched(scores):
                return dropped(spoken)
            if not sure:
                return unknown(Step.IMAGE_SIMILARITY)  # else it is superseded by what was measured around the edit
        if not any(one.end is End.SURVIVED for one in regions):
            return without_regions(regions)
        if against:
            return dropped(against[0])
        return None if sure else unknown(Step.EDIT_MATCH)

    def _against(self, found: Found, regions: Sequence[Fate]) -> tuple[EditScores, list[str]]:
        kept = [one.box for one, fate in zip(found.regions, regions, strict=True) if fate.end is End.SURVIVED]
        assert self.one.edit is not None  # noqa: S101  narrows a type
        scores = acceptance.measured_on(self.one.edit, kept).scores
        asked = {**self.pair.thresholds, **self.thresholds}
        return scores, [reason.code for reason in acceptance.against(scores, asked)]

    def _untold(self) -> Fate:
        """A pair without captions: in work, or refused in fact before it got any."""
        waits = self.was.pair.end in (End.OPEN, End.FAILED, End.CANCELLED)
        return self.was.pair if waits else unknown(Step.TEXT_MATCH)

    def _captioned(self, found: Found, told: Told, regions: Sequence[Fate], limits: Limits) -> list[Fate]:
        curate = self.pair.policy is Policy.CURATE
        after = []
        for fate, seen, said in zip(regions, found.regions, told.regions, strict=True):
            alive = fate.end is End.SURVIVED and curate
            after.append(_told_fate(seen, said, limits, told.parameters) if alive else fate)
        return after

    def _record(self, found: Found, told: Told, regions: Sequence[Fate]) -> Fate:
        """Whether the record tells a difference, and not the opposite of the edit."""
        if not any(one.end is End.SURVIVED for one in regions):
            return without_regions(regions)
        edit = self.one.edit
        opposite = None if edit is None or not self.pair.enforced else acceptance.OPPOSITE.get(edit.operation)
        if opposite is None:
            return SURVIVED
        kept = [one.end is End.SURVIVED for one in regions]
        was = [seen.kept and said.kept for seen, said in zip(found.regions, told.regions, strict=True)]
        changes = [said.change for said, alive in zip(told.regions, kept, strict=True) if alive]
        contradicted = opposite in changes
        if kept != was and (contradicted or any(said.change is Change.MOVED for said in told.regions)):
            return unknown(Step.RECORD)  # what moved is told by both of its places
        if any(one.end is End.UNKNOWN for one in regions) and not contradicted:
            return unknown(Step.RECORD)
        return dropped("edit.contradicted") if contradicted else SURVIVED


def _on_whole_images(found: Found, policy: Policy, limits: Limits) -> str | None:
    """The paper's gates on whole images (services/detection/decisions/verdict.py)."""
    alike = found.similarity
    if alike is None or policy is not Policy.CURATE:
        return None
    if alike < limits.get("pair.too_different", alike):
        return "pair.too_different"
    return "pair.too_similar" if alike > limits.get("pair.too_similar", alike) else None


def _ends_a_search(found: Found) -> bool:
    """Whether these gates end a pair before it is searched, as backend `sam` has it, which tells no confidence."""
    return found.confidence is None


def _never_searched(found: Found) -> bool:
    """A pair that was ended so."""
    return _ends_a_search(found) and not found.regions and any(code in ON_WHOLE_IMAGES[2:] for code in found.codes)


def _told_fate(seen: FoundRegion, said: ToldRegion, limits: Limits, force: Limits) -> Fate:
    """Captioning's gates under `curate` (imgdiff.rules.captioning)."""
    if not seen.kept:
        return unknown(Step.TEXT_MATCH)  # it was never captioned
    scores, both = said.scores, said.caption1 is not None and said.caption2 is not None
    matches = [value for value in (scores.text_match1, scores.text_match2) if value is not None]
    least, most = limits.get("caption.mismatch"), limits.get("caption.too_similar")
    if least is not None and matches and min(matches) < least:
        return dropped("caption.mismatch")
    alike = scores.caption_similarity
    if most is None or (alike is None and not both):
        return SURVIVED
    if alike is None:  # not asked, where the first gate had dropped it
        refused = bool(matches) and min(matches) < force.get("caption.mismatch", min(matches))
        return unknown(Step.CAPTION_DIFFERENCE) if refused else SURVIVED
    return dropped("caption.too_similar") if alike > most else SURVIVED
