"""The funnel of exported records, read from the records alone, so that the same records have the same funnel."""

from functools import cache

from gateway.exports.companions.distinct import Distinct
from gateway.exports.companions.gates import read_thresholds
from gateway.funnel import facts, happened
from gateway.funnel.count import Count
from gateway.funnel.steps import step_of
from imgdiff.funnel import STAGES, Funnel
from imgdiff.jobs import StageName
from imgdiff.records import Policy, Record, Region
from imgdiff.rules.detection import drops


class RecordFunnel:
    """Counts records as the funnel of their dataset counts their pairs.

    Pairs that have no record are missing: those that a synthesis rejected, and those that failed.
    """

    def __init__(self) -> None:
        self._count = Count()
        self._jobs = Distinct()

    def add(self, record: Record) -> None:
        """Count one record."""
        pair = _read_facts(record)
        self._count.add(pair, [happened.outcome(pair, pair.attempts[-1])])
        self._jobs.add(record.job)

    def finish(self, dataset: str) -> Funnel:
        """The funnel; why earlier attempts were rejected is not in records."""
        return self._count.document(dataset, None, self._jobs.count())


def _read_facts(record: Record) -> facts.PairFacts:
    """What the funnel needs of a pair, as far as its record has it."""
    policy, edit = record.provenance.policy, record.source.edit
    detection = facts.Detection(
        reasons=tuple(reason for reason in record.reasons if _stage_of(reason.code) is not StageName.CAPTIONING),
        verdict=record.verdict,
        regions=tuple(_detected(region, policy) for region in record.regions),
        parameters=read_thresholds(record),
    )
    captioning = facts.Captioning(regions=tuple(_captioned(region) for region in record.regions))
    earlier = () if edit is None else (facts.Attempt(),) * edit.round
    return facts.PairFacts(
        sequence=0,
        job=record.job,
        synthesis=record.source.kind == "synthesis",
        policy=policy,
        keep_rejected=True,
        attempts=(*earlier, facts.Attempt(edit=edit, detection=detection, captioning=captioning)),
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


@cache
def _stage_of(code: str) -> StageName:
    return STAGES[step_of(code)]
