"""The funnel of exported records, read from the records alone, so that the same records have the same funnel."""

from collections import Counter, defaultdict
from functools import cache

from gateway.exports.companions.distinct import Distinct
from gateway.funnel import facts, happened
from gateway.funnel.steps import End, step_of
from gateway.funnel.tally import Tally
from imgdiff.evidence import Outcome, Verification
from imgdiff.funnel import STAGES, Funnel, Tries
from imgdiff.jobs import StageName
from imgdiff.records import Policy, Record, Region, Verdict
from imgdiff.rules.detection import drops
from imgdiff.rules.reasons import BY_CODE


class RecordFunnel:
    """Counts records as the funnel of their dataset counts their pairs.

    Pairs that have no record are missing: those that a synthesis rejected, and those that failed.
    """

    def __init__(self) -> None:
        self._tally = Tally()
        self._sentences: Counter[Outcome] = Counter()
        self._thresholds: defaultdict[str, set[float]] = defaultdict(set)
        self._jobs = Distinct()
        self._needed: Counter[int] = Counter()
        self._attempts = 0

    def add(self, record: Record) -> None:
        """Count one record."""
        pair = _read_facts(record)
        outcome = happened.outcome(pair, pair.attempts[-1])
        self._tally.add(outcome, synthesised=pair.synthesis)
        for fate, region in zip(outcome.regions, record.regions, strict=False):
            if fate.end is End.SURVIVED and region.check is not None:
                self._sentences[region.check.outcome] += 1
        for code, value in _read_thresholds(record).items():
            self._thresholds[code].add(value)
        self._jobs.add(record.job)
        attempts = 1 if record.source.edit is None else record.source.edit.round + 1
        self._attempts += attempts
        self._needed[attempts] += record.verdict is Verdict.DIFFERENT

    def finish(self, dataset: str) -> Funnel:
        """The funnel; why earlier attempts were rejected is not in records."""
        tally = self._tally
        return Funnel(
            dataset=dataset,
            job=None,
            jobs=self._jobs.count(),
            ordered=tally.synthesised,
            given=tally.pairs.total() - tally.synthesised,
            made=tally.synthesised,
            totals=tally.totals,
            records=dict(tally.records),
            regions=tally.surviving_regions,
            sentences=Verification(**{outcome.value: number for outcome, number in self._sentences.items()}),
            tries=Tries(made=self._attempts, needed={key: self._needed[key] for key in sorted(self._needed)}),
            steps=tally.steps(self._thresholds),
        )


def _read_facts(record: Record) -> facts.PairFacts:
    """What the funnel needs of a pair, as far as its record has it."""
    policy = record.provenance.policy
    detection = facts.Detection(
        reasons=tuple(reason for reason in record.reasons if _stage_of(reason.code) is not StageName.CAPTIONING),
        verdict=record.verdict,
        regions=tuple(_detected(region, policy) for region in record.regions),
    )
    captioning = facts.Captioning(regions=tuple(_captioned(region) for region in record.regions))
    return facts.PairFacts(
        sequence=0,
        job=record.job,
        synthesis=record.source.kind == "synthesis",
        policy=policy,
        keep_rejected=True,
        attempts=(facts.Attempt(edit=record.source.edit, detection=detection, captioning=captioning),),
        ended=True,
        verdict=record.verdict,
    )


def _detected(region: Region, policy: Policy) -> facts.DetectedRegion:
    """The region after detection, which kept it if only captioning has a reason to drop it."""
    captioned = tuple(reason for reason in region.reasons if _stage_of(reason.code) is StageName.CAPTIONING)
    own = tuple(reason for reason in region.reasons if reason not in captioned)
    kept = region.kept or (bool(captioned) and not any(drops(reason.code, policy) for reason in own))
    return facts.DetectedRegion(box=region.box, kept=kept, reasons=own)


def _captioned(region: Region) -> facts.CaptionedRegion:
    check = None if region.check is None else facts.Check(outcome=region.check.outcome)
    return facts.CaptionedRegion(change=region.change, check=check, kept=region.kept, reasons=region.reasons)


def _read_thresholds(record: Record) -> dict[str, float]:
    """The thresholds that were in force, by reason code."""
    parameters = record.provenance.parameters
    nested = parameters.get("thresholds")
    found = {**parameters, **nested} if isinstance(nested, dict) else parameters
    return {code: value for code, value in found.items() if code in BY_CODE and isinstance(value, int | float)}


@cache
def _stage_of(code: str) -> StageName:
    return STAGES[step_of(code)]
