"""What the files beside an export describe: the export, its records, and what was counted of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.exports.companions.layouts import LAYOUTS, Layout
from gateway.exports.companions.markdown import count_of
from gateway.exports.splits import Split
from imgdiff.datasets import Dataset, DatasetVersion, Rejections
from imgdiff.records import Change, ModelUse, Policy, Verdict
from imgdiff.reviews.documents import ReviewState
from imgdiff.statistics.documents import Statistics


class Origin(StrEnum):
    """Where a threshold comes from."""

    REQUEST = "the request"
    MAX_REGIONS = "the option `max_regions`"
    PAPER = "the paper"
    ACCEPTANCE = "imgdiff's rules for syntheses"
    BACKEND = "the backend"


@dataclass
class Counts:
    """Counts of exported records; `digest` is of their ids, as a version has it."""

    records: int = 0
    digest: str = ""
    first: datetime | None = None
    last: datetime | None = None
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    changes: Counter[Change] = field(default_factory=Counter)  # of kept regions
    origins: Counter[str] = field(default_factory=Counter)  # `upload`, or the operation of a synthesis
    policies: Counter[Policy] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)  # of imgdiff
    splits: Counter[Split] = field(default_factory=Counter)
    scenes: dict[Split, int] = field(default_factory=dict)
    images: int = 0  # different ones
    uncalibrated: int = 0
    regenerated: int = 0
    questions: int = 0
    reviews: Counter[ReviewState] = field(default_factory=Counter)


@dataclass(frozen=True)
class Subject:
    """An export whose own files are complete.

    `conditions`, with the options of a sample, chose its records, and `limit` is the most that were asked for;
    `version` is the frozen one that it is of. `models` come with the number of records that they were used for,
    `donors` are counted by licence, `thresholds` by records: gate, value and origin. `rejections` are of the dataset.
    `without_rejected`: what reviewers rejected is left out.
    """

    format: str
    dataset: Dataset
    images: bool
    counts: Counts
    models: Sequence[tuple[ModelUse, int]]
    donors: Counter[str]
    conditions: Mapping[str, object]
    limit: int | None
    version: DatasetVersion | None
    statistics: Statistics
    thresholds: Counter[tuple[str, float, Origin]]
    rejections: Rejections | None
    without_rejected: bool

    @property
    def layout(self) -> Layout:
        """What the export's folder holds."""
        return LAYOUTS[self.format]

    @property
    def published(self) -> datetime | None:
        """When its records were complete: the version's time, else that of the last record."""
        return self.counts.last if self.version is None else self.version.created_at

    @property
    def sentence(self) -> str:
        """What it is."""
        return (
            f"{count_of(self.counts.records, 'pair')} of images, before and after, with boxes, sentences and "
            "scores of the places where they differ, made by imgdiff."
        )
