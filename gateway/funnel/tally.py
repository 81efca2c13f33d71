"""Counts of fates, and the steps of a funnel made from them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.funnel.steps import ORDER, PLACE, End, Fate, Outcome, step_of
from imgdiff.funnel import STAGES, Flow, FunnelStep, Step, Totals
from imgdiff.records import Verdict


@dataclass
class Tally:
    """Counts of pairs, regions and records; `synthesised` pairs enter at editing, the others after it."""

    synthesised: int = 0
    pairs: Counter[Fate] = field(default_factory=Counter)
    regions: Counter[Fate] = field(default_factory=Counter)
    records: Counter[Verdict] = field(default_factory=Counter)
    noted: tuple[Counter[str], Counter[str]] = field(default_factory=lambda: (Counter(), Counter()))

    def add(self, outcome: Outcome, *, synthesised: bool) -> None:
        """Count one pair."""
        self.synthesised += synthesised
        self.pairs[outcome.pair] += 1
        self.regions.update(outcome.regions)
        if outcome.verdict is not None:
            self.records[outcome.verdict] += 1
        for counter, codes in zip(self.noted, outcome.noted, strict=True):
            counter.update(codes)

    @property
    def totals(self) -> Totals:
        """The pairs by how they ended."""
        ends = _count_ends(self.pairs)
        return Totals(asked=self.pairs.total(), **{end.name.lower(): ends[end] for end in End})

    @property
    def surviving_regions(self) -> int:
        """Regions that passed every gate."""
        return _count_ends(self.regions)[End.SURVIVED]

    def steps(self, thresholds: Mapping[str, Iterable[float]]) -> tuple[FunnelStep, ...]:
        """Every step in order."""
        uploaded = self.pairs.total() - self.synthesised
        pairs = _flows(self.pairs, self.noted[0], {Step.EDITING: self.synthesised, Step.IMAGE_SIMILARITY: uploaded})
        regions = _flows(self.regions, self.noted[1], {Step.EVIDENCE: self.regions.total()})
        in_force: defaultdict[Step, dict[str, tuple[float, ...]]] = defaultdict(dict)
        for code, values in sorted(thresholds.items()):
            in_force[step_of(code)][code] = tuple(sorted(values))
        return tuple(
            FunnelStep(step=step, stage=stage, thresholds=in_force[step], pairs=pairs[step], regions=regions[step])
            for step, stage in STAGES.items()
        )


def count_dropped(counts: Mapping[Fate, int]) -> Counter[str]:
    """The pairs or regions that a gate dropped, by its code."""
    codes: Counter[str] = Counter()
    for fate, count in counts.items():
        if fate.end is End.DROPPED:
            codes[fate.code] += count
    return codes


def _count_ends(counts: Mapping[Fate, int]) -> Counter[End]:
    ends: Counter[End] = Counter()
    for fate, count in counts.items():
        ends[fate.end] += count
    return ends


def _flows(counts: Counter[Fate], noted: Mapping[str, int], entering: Mapping[Step, int]) -> dict[Step, Flow]:
    """Each step's flow: what leaves a step enters the next one, where others may enter for the first time."""
    flows, entered = {}, 0
    for step in ORDER:
        entered += entering.get(step, 0)
        here = {fate: count for fate, count in counts.items() if fate.place == PLACE[step]}
        dropped, ends = dict(count_dropped(here).most_common()), _count_ends(here)
        others = {end.name.lower(): ends[end] for end in _OTHER_ENDS}
        left = entered - sum(here.values())
        here_noted = {code: count for code, count in sorted(noted.items()) if step_of(code) is step}
        flows[step] = Flow(entered=entered, left=left, dropped=dropped, noted=here_noted, **others)
        entered = left
    return flows


_OTHER_ENDS = (End.OPEN, End.FAILED, End.CANCELLED, End.UNKNOWN)
