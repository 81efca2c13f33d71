"""How good the records of a dataset are, counted from their reviews."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, groupby

from pydantic import BaseModel, ConfigDict

from imgdiff.records import Change
from imgdiff.reviews.documents import Corrections, Decision, Grade, Judgement, ReviewState
from imgdiff.statistics.intervals import wilson
from imgdiff.statistics.quality import Agreement, BucketPrecision, ChangePrecision, Precision, Ratings, Threshold

MINIMUM = 30  # reviews: with fewer a 95 % interval is wider than a third; chosen, not measured
_PAIRS = 50  # pairs of reviewers that are listed; chosen, not measured
_BUCKETS = 10  # ranges of confidence; chosen, not measured


class RegionSeen(BaseModel):
    """What is needed of a region."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    change: Change
    kept: bool


@dataclass(frozen=True)
class RecordSeen:
    """A record that was reviewed: what came of it, and what is needed of it."""

    state: ReviewState
    confidence: float | None
    regions: Sequence[RegionSeen]
    corrections: Corrections | None

    @property
    def settled(self) -> bool:
        """Whether its reviewers agree."""
        return self.state is not ReviewState.DISPUTED

    @property
    def right(self) -> bool:
        """Whether they found nothing wrong."""
        return self.state is ReviewState.ACCEPTED


@dataclass
class Tally:
    """Counts records as they are read."""

    overall: Counter[bool] = field(default_factory=Counter)
    changes: defaultdict[Change, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter))
    by_confidence: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, record: RecordSeen) -> None:
        """Count one record; one that is disputed says nothing."""
        if not record.settled:
            return
        self.overall[record.right] += 1
        if record.confidence is not None:
            self.by_confidence.append((record.confidence, record.right))
        corrected = set() if record.corrections is None else set(record.corrections.regions)
        for index, region in enumerate(record.regions):
            if region.kept:
                right = record.state is not ReviewState.REJECTED and str(index) not in corrected
                self.changes[region.change][right] += 1

    def find_precision(self) -> Precision:
        """Of all records."""
        return Precision(**measure(self.overall[True], self.overall.total()))

    def by_change(self) -> tuple[ChangePrecision, ...]:
        """Of regions, by kind of change."""
        counted = ((change, self.changes[change]) for change in Change if change in self.changes)
        return tuple(ChangePrecision(change=change, **measure(count[True], count.total())) for change, count in counted)

    def by_bucket(self) -> tuple[BucketPrecision, ...]:
        """Of records, by confidence."""
        counts = [Counter[bool]() for _ in range(_BUCKETS)]
        for confidence, right in self.by_confidence:
            counts[min(int(confidence * _BUCKETS), _BUCKETS - 1)][right] += 1
        return tuple(
            BucketPrecision(least=at / _BUCKETS, most=(at + 1) / _BUCKETS, **measure(count[True], count.total()))
            for at, count in enumerate(counts)
        )

    def find_threshold(self, wanted: float, count_kept: Callable[[float], int]) -> Threshold:
        """The least confidence from which on the wanted share is right, of at least the minimum."""
        reviewed = right = 0
        found: tuple[float, int, int] | None = None
        ranked = sorted(self.by_confidence, reverse=True)
        for confidence, some in groupby(ranked, key=lambda one: one[0]):
            rights = [one for _, one in some]
            reviewed, right = reviewed + len(rights), right + sum(rights)
            if reviewed >= MINIMUM and right >= wanted * reviewed:
                found = confidence, right, reviewed
        if found is None:
            missing = _explain(wanted, reviewed)
            return Threshold(wanted=wanted, missing=missing, **measure(right, reviewed))
        confidence, right, reviewed = found
        kept = count_kept(confidence)
        return Threshold(wanted=wanted, confidence=confidence, kept=kept, **measure(right, reviewed))


def _explain(wanted: float, reviewed: int) -> str:
    if reviewed < MINIMUM:
        return f"{reviewed} records with a confidence are reviewed, and a threshold needs {MINIMUM}"
    return f"no threshold gives {wanted:g}: review more records with a high confidence, or ask for less"


def measure(right: int, reviewed: int) -> dict[str, float | int | None]:
    """The fields of `Precision`."""
    counted: dict[str, float | int | None] = {"reviewed": reviewed, "right": right}
    if reviewed < MINIMUM:
        return counted
    low, high = wilson(right, reviewed)
    return counted | {"precision": right / reviewed, "low": low, "high": high}


def agree(records: Iterable[Mapping[str, Judgement]]) -> tuple[Agreement, ...]:
    """How far pairs of reviewers agree; each record comes with the judgements that stand, by reviewer."""
    decided: defaultdict[tuple[str, str], Counter[tuple[Decision, Decision]]] = defaultdict(Counter)
    for judgements in records:
        for one, other in combinations(sorted(judgements), 2):
            decided[one, other][judgements[one].state, judgements[other].state] += 1
    ranked = sorted(decided.items(), key=lambda item: (-item[1].total(), item[0]))[:_PAIRS]
    return tuple(_compare(reviewers, counts) for reviewers, counts in ranked)


def _compare(reviewers: tuple[str, str], counts: Counter[tuple[Decision, Decision]]) -> Agreement:
    """Cohen's kappa (J. Cohen, Educational and Psychological Measurement 20, 1960, 37-46)."""
    total = counts.total()
    same = sum(counts[one, one] for one in Decision) / total
    first, second = (
        {one: sum(count for pair, count in counts.items() if pair[side] is one) / total for one in Decision}
        for side in (0, 1)
    )
    chance = sum(first[one] * second[one] for one in Decision)
    kappa = (same - chance) / (1 - chance) if total >= MINIMUM and chance < 1 else None
    return Agreement(reviewers=reviewers, records=total, agreement=same, kappa=kappa)


def count_ratings(judgements: Iterable[Judgement]) -> Ratings:
    """How often each grade was given."""
    counts: dict[str, dict[Grade, int]] = {name: dict.fromkeys(Grade, 0) for name in Ratings.model_fields}
    for judgement in judgements:
        for name, grade in judgement.rating:
            if grade is not None:
                counts[name][grade] += 1
    return Ratings(**counts)
