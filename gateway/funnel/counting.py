"""The funnel of a job or a dataset.

That of a dataset is in its counters, to which the pairs are added that these do not include yet. A job, or other
thresholds, takes one pass over the pairs, and a report a second one: a pass reads every stored result once, in chunks,
and keeps counts only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.funnel import sweep
from gateway.funnel.count import KINDS, Count
from gateway.funnel.facts import PairFacts
from gateway.funnel.reading import read_outcomes
from gateway.funnel.replay import PairReplay
from gateway.funnel.steps import End, Outcome
from gateway.funnel.tally import Tally
from gateway.store.counts import counts
from gateway.store.database import Session
from gateway.store.jobs.histories import Selection, count_jobs
from gateway.store.tenants import dataset_name
from imgdiff.datasets import Rejections
from imgdiff.funnel import Funnel, Point, Sweep, WhatIf
from imgdiff.rules.reasons import BY_CODE


@dataclass(frozen=True)
class Scope:
    """Whose pairs are counted; `dataset` is a key."""

    dataset: str
    job: str | None = None

    @property
    def selection(self) -> Selection:
        """All pairs of this scope."""
        return Selection(self.dataset) if self.job is None else Selection(jobs=(self.job,))


def funnel(session: Session, scope: Scope, thresholds: Mapping[str, float], *, report: bool = False) -> Funnel:
    """Count now; with what other thresholds would change, and with a report gate by gate at several."""
    if scope.job is None and not thresholds and not report:
        return _document(session, scope, _read_kept(session, scope.dataset))
    return recount(session, scope, thresholds, report=report)


def count_rejections(session: Session, dataset: str) -> Rejections:
    """What gates of a dataset have rejected up to now, from its counters."""
    count = _read_kept(session, dataset)
    return Rejections(pairs=dict(sorted(count.rejected.items())), attempts=dict(sorted(count.again.items())))


def recount(session: Session, scope: Scope, thresholds: Mapping[str, float], *, report: bool = False) -> Funnel:
    """The same without the counters, from all stored results."""
    count, replayed, retried = Count(), Tally(), 0
    for pair, outcomes in read_outcomes(session, scope.selection):
        count.add(pair, outcomes)
        if thresholds:
            retried += _add_replay(pair, outcomes, thresholds, replayed)
    what_if = _what_if(replayed, thresholds, retried, count) if thresholds else None
    sweeps = _sweeps(session, scope, count) if report else None
    return _document(session, scope, count).model_copy(update={"what_if": what_if, "sweeps": sweeps})


def _read_kept(session: Session, dataset: str) -> Count:
    """What the counters hold, and what they do not include yet."""
    count = Count.of(counts.read(session, dataset, KINDS))
    for pair, outcomes in read_outcomes(session, Selection(dataset, uncounted=True)):
        count.add(pair, outcomes)
    return count


def _document(session: Session, scope: Scope, count: Count) -> Funnel:
    return count.document(dataset_name(scope.dataset), scope.job, count_jobs(session, scope.dataset, scope.job))


def _add_replay(pair: PairFacts, outcomes: Sequence[Outcome], thresholds: Mapping[str, float], replayed: Tally) -> bool:
    """Count the pair at other thresholds; whether it would get another attempt."""
    outcome = PairReplay(pair, outcomes).at(thresholds)
    replayed.add(replace(outcome, noted=((), ())), synthesised=pair.synthesis)
    return pair.enforced and outcome.pair.end is End.DROPPED and outcomes[-1].pair.end is End.SURVIVED


def _what_if(replayed: Tally, thresholds: Mapping[str, float], retried: int, count: Count) -> WhatIf:
    replaced = {code: {thresholds[code]} if code in thresholds else values for code, values in count.in_force.items()}
    return WhatIf(
        thresholds=dict(thresholds),
        totals=replayed.totals,
        records=dict(replayed.records),
        retried=retried,
        regions=replayed.surviving_regions,
        steps=replayed.steps(replaced),
    )


def _sweeps(session: Session, scope: Scope, count: Count) -> tuple[Sweep, ...]:
    """A second pass, since only the first one finds the thresholds in force."""
    points = {code: {value: _Gain() for value in values} for code, values in sweep.points(count.in_force).items()}
    for pair, outcomes in read_outcomes(session, scope.selection):
        replay = PairReplay(pair, outcomes)
        for code, gains in points.items():
            if replay.has_in_force(code, sweep.commonest(count.in_force[code])):
                for value, gain in gains.items():
                    gain.add(outcomes[-1], replay.at({code: value}))
    return tuple(
        Sweep(code=code, points=tuple(_point(code, value, gain, count) for value, gain in gains.items()))
        for code, gains in points.items()
    )


@dataclass
class _Gain:
    """What a threshold changes: more or fewer pairs and regions."""

    survived: int = 0
    unknown: int = 0
    regions: int = 0

    def add(self, before: Outcome, after: Outcome) -> None:
        """Count the difference for one pair."""
        if after is before:
            return
        self.survived += (after.pair.end is End.SURVIVED) - (before.pair.end is End.SURVIVED)
        self.unknown += after.pair.end is End.UNKNOWN
        self.regions += _count_surviving(after) - _count_surviving(before)


def _count_surviving(outcome: Outcome) -> int:
    return sum(fate.end is End.SURVIVED for fate in outcome.regions)


def _point(code: str, value: float, gain: _Gain, count: Count) -> Point:
    return Point(
        threshold=value,
        paper=value == BY_CODE[code].paper,
        current=value == sweep.commonest(count.in_force[code]),
        survived=count.tally.totals.survived + gain.survived,
        unknown=gain.unknown,
        regions=count.tally.surviving_regions + gain.regions,
    )
