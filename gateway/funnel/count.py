"""Everything that a funnel counts of its pairs, added up pair by pair or read from the counters of a dataset."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Self

from gateway.funnel.facts import Captioning, PairFacts
from gateway.funnel.steps import NO_EVIDENCE, ORDER, PLACE, End, Fate, Outcome
from gateway.funnel.tally import Tally
from gateway.store.counts.keys import Counts, Key
from imgdiff.evidence import Outcome as CheckResult
from imgdiff.evidence import Verification
from imgdiff.funnel import Funnel, Step, Tries
from imgdiff.records import Verdict
from imgdiff.rules.reasons import BY_CODE

_TOTALS = ("ordered", "made", "unstored", "attempts")
KINDS = (
    "total",
    "pair",
    "region",
    "record",
    "rejected",
    "noted pair",
    "noted region",
    "sentence",
    "needed",
    "again",
    "threshold",
)
"""The kinds of counters that a funnel keeps."""

_END = "survived"  # in place of a step, for what passed all of them


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
    rejected: Counter[str] = field(default_factory=Counter)
    in_force: defaultdict[str, Counter[float]] = field(default_factory=lambda: defaultdict(Counter))

    @classmethod
    def of(cls, counts: Counts) -> Self:
        """The count that these counters hold."""
        count = cls()
        for (kind, key), number in counts.items():
            count._restore(kind, key, number)
        return count

    @property
    def counts(self) -> Counts:
        """The same as counters."""
        tally = self.tally
        totals = (tally.synthesised, self.made, self.unstored, self.attempts)
        found = Counter({Key("total", name): number for name, number in zip(_TOTALS, totals, strict=True)})
        for kind, fates in (("pair", tally.pairs), ("region", tally.regions)):
            found.update({Key(kind, _write(fate)): number for fate, number in fates.items()})
        found.update({Key("record", verdict.value): number for verdict, number in tally.records.items()})
        noted = {"noted pair": tally.noted[0], "noted region": tally.noted[1]}
        for kind, codes in (*noted.items(), ("again", self.again), ("rejected", self.rejected)):
            found.update({Key(kind, code): number for code, number in codes.items()})
        found.update({Key("sentence", outcome.value): number for outcome, number in self.sentences.items()})
        found.update({Key("needed", str(attempts)): number for attempts, number in self.needed.items()})
        for code, values in self.in_force.items():
            found.update({Key("threshold", f"{code} {value!r}"): number for value, number in values.items()})
        return found

    def _restore(self, kind: str, key: str, number: int) -> None:
        tally = self.tally
        match kind:
            case "total" if key == "ordered":
                tally.synthesised = number
            case "total":
                setattr(self, key, number)
            case "pair" | "region":
                (tally.pairs if kind == "pair" else tally.regions)[_read(key)] = number
            case "record":
                tally.records[Verdict(key)] = number
            case "noted pair" | "noted region":
                tally.noted[kind == "noted region"][key] = number
            case "again" | "rejected":
                (self.again if kind == "again" else self.rejected)[key] = number
            case "sentence":
                self.sentences[CheckResult(key)] = number
            case "needed":
                self.needed[int(key)] = number
            case "threshold":
                code, _, value = key.partition(" ")
                self.in_force[code][float(value)] = number

    def add(self, pair: PairFacts, outcomes: list[Outcome]) -> None:
        """Count one pair as it is now."""
        outcome = outcomes[-1]
        self.tally.add(outcome, synthesised=pair.synthesis)
        self.made += pair.synthesis and (outcome.pair.place > PLACE[Step.EDITING])
        self.unstored += not pair.keep_rejected
        self.attempts += len(pair.attempts)
        self.again.update(earlier.pair.code or NO_EVIDENCE for earlier in outcomes[:-1])
        if outcome.pair.end is End.DROPPED and outcome.verdict is None:
            self.rejected[outcome.pair.code] += 1
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

    def document(self, dataset: str, job: str | None, jobs: int) -> Funnel:
        """The funnel of a job, or of a dataset, without what other thresholds would change."""
        tally = self.tally
        return Funnel(
            dataset=dataset,
            job=job,
            jobs=jobs,
            ordered=tally.synthesised,
            given=tally.pairs.total() - tally.synthesised,
            made=self.made,
            totals=tally.totals,
            records=dict(tally.records),
            rejected=dict(self.rejected.most_common()),
            regions=tally.surviving_regions,
            sentences=Verification(**{outcome.value: number for outcome, number in self.sentences.items()}),
            tries=Tries(
                made=self.attempts, needed=dict(sorted(self.needed.items())), again=dict(self.again.most_common())
            ),
            unstored=self.unstored,
            steps=tally.steps(self.in_force),
        )


def _write(fate: Fate) -> str:
    """A fate by names, since the places of steps change when one is added."""
    step = ORDER[fate.place].value if fate.place < len(ORDER) else _END
    return f"{fate.end.name} {step} {fate.code}"


def _read(key: str) -> Fate:
    end, step, code = key.split(" ", 2)
    return Fate(End[end], len(ORDER) if step == _END else PLACE[Step(step)], code)
