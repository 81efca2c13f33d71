"""The funnel of a job or a dataset: one pass over its pairs, and a second one for a report.

A pass reads every stored result once, in chunks; it holds counts, not pairs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.funnel import happened, sweep, what_if
from gateway.funnel.facts import PairFacts
from gateway.funnel.reading import facts
from gateway.funnel.steps import NO_EVIDENCE, PLACE, End, Outcome
from gateway.funnel.tally import Tally
from gateway.pipeline import acceptance
from gateway.store.database import Session
from gateway.store.histories import Selection, count_jobs, histories
from imgdiff.evidence import Outcome as Checked
from imgdiff.evidence import Verification
from imgdiff.funnel import Funnel, Point, Step, Sweep, Tries, WhatIf
from imgdiff.records import Verdict
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
    """Everything that one pass counts."""

    tally: Tally = field(default_factory=Tally)
    made: int = 0
    unstored: int = 0
    records: Counter[Verdict] = field(default_factory=Counter)
    sentences: Counter[Checked] = field(default_factory=Counter)
    tries: int = 0
    needed: Counter[int] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)
    force: defaultdict[str, Counter[float]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, pair: PairFacts, outcomes: list[Outcome]) -> None:
        """Count one pair as it stands."""
        last, outcome = pair.tries[-1], outcomes[-1]
        self.tally.add(outcome, ordered=pair.synthesis)
        self.made += pair.synthesis and (outcome.pair.place > PLACE[Step.EDITING])
        self.unstored += not pair.keep_rejected
        self.tries += len(pair.tries)
        self.again.update(one.pair.code or NO_EVIDENCE for one in outcomes[:-1])
        if pair.verdict is not None:
            self.records[pair.verdict] += 1
        if outcome.pair.end is End.SURVIVED:
            self.needed[len(pair.tries)] += 1
            for fate, told in zip(outcome.regions, last.told.regions if last.told else (), strict=False):
                if fate.end is End.SURVIVED and told.check is not None:
                    self.sentences[told.check.outcome] += 1
        self._thresholds(pair)

    def _thresholds(self, pair: PairFacts) -> None:
        last = pair.tries[-1]
        force = dict(last.making)
        for report in (last.found, last.told):
            force |= {} if report is None else report.parameters
        if pair.enforced:
            limits = {**acceptance.LIMITS, **pair.thresholds}
            force |= {code: limits[code] for code in acceptance.LIMITS}
        for code, value in force.items():
            if code in BY_CODE:
                self.force[code][value] += 1


def funnel(session: Session, scope: Scope, thresholds: Mapping[str, float], *, report: bool = False) -> Funnel:
    """Counted now; with what would be at other thresholds, and gate by gate at several, if that is asked for."""
    count, then, retried = Count(), Tally(), 0
    for pair, outcomes in judged(session, scope.selection):
        count.add(pair, outcomes)
        if thresholds:
            retried += _try_out(pair, outcomes, thresholds, then)
    jobs = count_jobs(session, scope.selection)
    force = {code: set(values) for code, values in count.force.items()}
    tally = count.tally
    return Funnel(
        dataset=scope.dataset, job=scope.job, jobs=jobs, ordered=tally.ordered,
        given=tally.pairs.total() - tally.ordered, made=count.made, totals=tally.totals, records=dict(count.records),
        regions=tally.surviving_regions,
        sentences=Verification(**{outcome.value: number for outcome, number in count.sentences.items()}),
        tries=Tries(made=count.tries, needed=dict(sorted(count.needed.items())), again=dict(count.again.most_common())),
        unstored=count.unstored, steps=tally.steps(force),
        what_if=_what_if(then, thresholds, retried, force) if thresholds else None,
        sweeps=_sweeps(session, scope, count) if report else None,
    )  # fmt: skip


def judged(session: Session, selection: Selection) -> Iterator[tuple[PairFacts, list[Outcome]]]:
    """Every pair of the selected jobs, with what became of each of its tries."""
    for history in histories(session, selection):
        pair = facts(history)
        yield pair, [happened.outcome(pair, one) for one in pair.tries]


def _try_out(pair: PairFacts, outcomes: list[Outcome], thresholds: Mapping[str, float], then: Tally) -> bool:
    """Count the pair at other thresholds; whether it would be made again."""
    outcome = what_if.judged(pair, outcomes, thresholds)
    then.add(Outcome(outcome.pair, outcome.regions), ordered=pair.synthesis)
    return pair.enforced and outcome.pair.end is End.DROPPED and outcomes[-1].pair.end is End.SURVIVED


def _what_if(then: Tally, thresholds: Mapping[str, float], retried: int, force: Mapping[str, set[float]]) -> WhatIf:
    tried = {code: {thresholds[code]} if code in thresholds else values for code, values in force.items()}
    return WhatIf(
        thresholds=dict(thresholds), totals=then.totals, retried=retried, regions=then.surviving_regions,
        steps=then.steps(tried),
    )  # fmt: skip


def _sweeps(session: Session, scope: Scope, count: Count) -> tuple[Sweep, ...]:
    """A second pass, since only the first one knows what was in force."""
    tried = {code: {value: _Gain() for value in values} for code, values in sweep.points(count.force).items()}
    for pair, outcomes in judged(session, scope.selection):
        for code, gains in tried.items():
            for value, gain in gains.items():
                gain.add(outcomes[-1], what_if.judged(pair, outcomes, {code: value}))
    return tuple(
        Sweep(code=code, points=tuple(_point(code, value, gain, count) for value, gain in gains.items()))
        for code, gains in tried.items()
    )


@dataclass
class _Gain:
    """What a threshold changes: more or fewer pairs and regions."""

    survived: int = 0
    unknown: int = 0
    regions: int = 0

    def add(self, was: Outcome, then: Outcome) -> None:
        """Count one pair's difference."""
        if then is was:
            return
        self.survived += (then.pair.end is End.SURVIVED) - (was.pair.end is End.SURVIVED)
        self.unknown += then.pair.end is End.UNKNOWN
        self.regions += _surviving(then) - _surviving(was)


def _surviving(outcome: Outcome) -> int:
    return sum(fate.end is End.SURVIVED for fate in outcome.regions)


def _point(code: str, value: float, gain: _Gain, count: Count) -> Point:
    return Point(
        threshold=value, paper=value == BY_CODE[code].paper, current=value == count.force[code].most_common(1)[0][0],
        survived=count.tally.totals.survived + gain.survived, unknown=gain.unknown,
        regions=count.tally.surviving_regions + gain.regions,
    )  # fmt: skip
