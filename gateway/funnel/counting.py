"""The funnel of a job or a dataset: one pass over its pairs, and a second one for a report.

A pass reads every stored result once, in chunks, and keeps counts only.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.funnel import happened, sweep
from gateway.funnel.facts import Captioning, PairFacts
from gateway.funnel.reading import facts
from gateway.funnel.replay import PairReplay
from gateway.funnel.steps import NO_EVIDENCE, PLACE, End, Outcome
from gateway.funnel.tally import Tally
from gateway.store.database import Session
from gateway.store.histories import Selection, count_jobs, histories
from imgdiff.evidence import Outcome as CheckResult
from imgdiff.evidence import Verification
from imgdiff.funnel import Funnel, Point, Step, Sweep, Tries, WhatIf
from imgdiff.rules.reasons import BY_CODE


@dataclass(frozen=True)
class Scope:
    """Whose pairs are counted."""

    dataset: str
    job: str | None = None

    @property
    def selection(self) -> Selection:
        """The jobs of this scope."""
        return Selection(self.dataset) if self.job is None else Selection(jobs=(self.job,))


@dataclass
class Count:
    """Everything that one pass counts; `in_force` are the thresholds that were, by reason code."""

    tally: Tally = field(default_factory=Tally)
    made: int = 0
    unstored: int = 0
    sentences: Counter[CheckResult] = field(default_factory=Counter)
    attempts: int = 0
    needed: Counter[int] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)
    in_force: defaultdict[str, Counter[float]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, pair: PairFacts, outcomes: list[Outcome]) -> None:
        """Count one pair as it is now."""
        outcome = outcomes[-1]
        self.tally.add(outcome, synthesised=pair.synthesis)
        self.made += pair.synthesis and (outcome.pair.place > PLACE[Step.EDITING])
        self.unstored += not pair.keep_rejected
        self.attempts += len(pair.attempts)
        self.again.update(earlier.pair.code or NO_EVIDENCE for earlier in outcomes[:-1])
        if outcome.pair.end is End.SURVIVED:
            self.needed[len(pair.attempts)] += 1
            self._add_sentences(pair.attempts[-1].captioning, outcome)
        self._add_thresholds(pair)

    def _add_sentences(self, captioning: Captioning | None, outcome: Outcome) -> None:
        regions = () if captioning is None else captioning.regions
        for fate, region in zip(outcome.regions, regions, strict=False):
            if fate.end is End.SURVIVED and region.check is not None:
                self.sentences[region.check.outcome] += 1

    def _add_thresholds(self, pair: PairFacts) -> None:
        last = pair.attempts[-1]
        in_force = dict(last.editing_thresholds)
        for report in (last.detection, last.captioning):
            in_force |= {} if report is None else report.parameters
        if pair.enforced:
            in_force |= last.thresholds
        for code, value in in_force.items():
            if code in BY_CODE:
                self.in_force[code][value] += 1


def funnel(session: Session, scope: Scope, thresholds: Mapping[str, float], *, report: bool = False) -> Funnel:
    """Count now; with what other thresholds would change, and with a report gate by gate at several."""
    count, replayed, retried = Count(), Tally(), 0
    for pair, outcomes in read_outcomes(session, scope.selection):
        count.add(pair, outcomes)
        if thresholds:
            retried += _add_replay(pair, outcomes, thresholds, replayed)
    jobs = count_jobs(session, scope.selection)
    in_force = {code: set(values) for code, values in count.in_force.items()}
    tally = count.tally
    return Funnel(
        dataset=scope.dataset,
        job=scope.job,
        jobs=jobs,
        ordered=tally.synthesised,
        given=tally.pairs.total() - tally.synthesised,
        made=count.made,
        totals=tally.totals,
        records=dict(tally.records),
        regions=tally.surviving_regions,
        sentences=Verification(**{outcome.value: number for outcome, number in count.sentences.items()}),
        tries=Tries(
            made=count.attempts, needed=dict(sorted(count.needed.items())), again=dict(count.again.most_common())
        ),
        unstored=count.unstored,
        steps=tally.steps(in_force),
        what_if=_what_if(replayed, thresholds, retried, in_force) if thresholds else None,
        sweeps=_sweeps(session, scope, count) if report else None,
    )


def read_outcomes(session: Session, selection: Selection) -> Iterator[tuple[PairFacts, list[Outcome]]]:
    """Every pair of the selected jobs, with the outcome of each of its attempts."""
    for history in histories(session, selection):
        pair = facts(history)
        yield pair, [happened.outcome(pair, attempt) for attempt in pair.attempts]


def _add_replay(pair: PairFacts, outcomes: Sequence[Outcome], thresholds: Mapping[str, float], replayed: Tally) -> bool:
    """Count the pair at other thresholds; whether it would get another attempt."""
    outcome = PairReplay(pair, outcomes).at(thresholds)
    replayed.add(replace(outcome, noted=((), ())), synthesised=pair.synthesis)
    return pair.enforced and outcome.pair.end is End.DROPPED and outcomes[-1].pair.end is End.SURVIVED


def _what_if(
    replayed: Tally, thresholds: Mapping[str, float], retried: int, in_force: Mapping[str, set[float]]
) -> WhatIf:
    replaced = {code: {thresholds[code]} if code in thresholds else values for code, values in in_force.items()}
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
