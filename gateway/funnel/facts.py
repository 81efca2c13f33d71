"""What is stored of a pair, as far as the gates use it: results are read without their masks, words and models."""

from dataclasses import dataclass, field
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from imgdiff.evidence import Outcome as CheckResult
from imgdiff.jobs import StageName, StageState
from imgdiff.records import Box, Change, Edit, Policy, Reason, Scores, Verdict
from imgdiff.rules.detection import Method, RegionScores
from imgdiff.whole_pair import PairChange


class _Part(BaseModel):
    """A part of a stored document; fields that are not needed are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Judged(_Part):
    """A part that gates gave reasons."""

    reasons: tuple[Reason, ...] = ()

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The codes of its reasons."""
        return tuple(reason.code for reason in self.reasons)


class DetectedRegion(_Judged):
    """See `imgdiff.stages.DetectedRegion`."""

    box: Box | None
    kept: bool
    scores: RegionScores | None = None


class Detection(_Judged):
    """See `imgdiff.stages.Detection`."""

    similarity: float | None = None
    verdict: Verdict
    regions: tuple[DetectedRegion, ...] = ()
    pair_changes: tuple[PairChange, ...] = ()
    parameters: dict[str, float] = {}
    method: Method | None = None
    changed: bool = True


class Check(_Part):
    """A check without its objections."""

    outcome: CheckResult


class CaptionedRegion(_Judged):
    """See `imgdiff.stages.CaptionedRegion`."""

    change: Change
    caption1: str | None = None
    caption2: str | None = None
    check: Check | None = None
    scores: Scores = Scores()
    kept: bool


class DescribedObject(_Part):
    """See `imgdiff.stages.DescribedObject`."""

    match_shown: float
    match_erased: float


class Captioning(_Part):
    """See `imgdiff.stages.Captioning`."""

    described: DescribedObject | None = None
    regions: tuple[CaptionedRegion, ...] = ()
    parameters: dict[str, float] = {}


class Parameters(_Part):
    """The thresholds that were in force in a stage."""

    parameters: dict[str, float] = {}


@dataclass(frozen=True)
class Attempt:
    """One round of a pair: its edit, the state of each stage it reached, and the stages' results.

    `thresholds` are those of acceptance, for an edit. `rejected` is the stage after which it was rejected, with the
    reason codes; null if it was not.
    """

    edit: Edit | None = None
    thresholds: dict[str, float] = field(default_factory=dict)
    states: dict[StageName, StageState] = field(default_factory=dict)
    detection: Detection | None = None
    captioning: Captioning | None = None
    editing_thresholds: dict[str, float] = field(default_factory=dict)
    rejected: tuple[StageName, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class PairFacts:
    """A pair with all its attempts; `ended` is whether the job has ended."""

    sequence: int
    job: str
    synthesis: bool
    policy: Policy
    keep_rejected: bool
    attempts: tuple[Attempt, ...]
    ended: bool = False
    failed: bool = False
    verdict: Verdict | None = None

    @property
    def enforced(self) -> bool:
        """Whether gates reject the pair as a whole."""
        return self.synthesis and self.policy is Policy.CURATE
