"""What is stored of a pair, as far as the gates look at it: results are read without their masks, words and models."""

from dataclasses import dataclass, field
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from imgdiff.evidence import Outcome as Checked
from imgdiff.jobs import StageName, StageState
from imgdiff.records import Change, Edit, Policy, Reason, Scores, Verdict


class _Read(BaseModel):
    """A part of a stored document; what is not looked at is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class FoundRegion(_Read):
    """A region as detection left it; see `imgdiff.stages.DetectedRegion`."""

    box: tuple[int, int, int, int]
    difference: float
    crop_similarity: float | None = None
    confidence: float | None = None
    kept: bool
    reasons: tuple[Reason, ...] = ()

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Of its reasons."""
        return tuple(reason.code for reason in self.reasons)

    def value(self, code: str) -> float | None:
        """What a gate that spoke had measured."""
        return next((reason.value for reason in self.reasons if reason.code == code), None)


class Found(_Read):
    """A detection; see `imgdiff.stages.Detection`."""

    similarity: float | None = None
    verdict: Verdict
    confidence: float | None = None
    regions: tuple[FoundRegion, ...] = ()
    reasons: tuple[Reason, ...] = ()
    parameters: dict[str, float] = {}

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Of the pair's reasons."""
        return tuple(reason.code for reason in self.reasons)


class CheckOutcome(_Read):
    """A check without its objections."""

    outcome: Checked


class ToldRegion(_Read):
    """A region as captioning left it; see `imgdiff.stages.CaptionedRegion`."""

    change: Change
    caption1: str | None = None
    caption2: str | None = None
    check: CheckOutcome | None = None
    scores: Scores = Scores()
    kept: bool
    reasons: tuple[Reason, ...] = ()


class Told(_Read):
    """A captioning; see `imgdiff.stages.Captioning`."""

    regions: tuple[ToldRegion, ...] = ()
    parameters: dict[str, float] = {}


class Parameters(_Read):
    """The thresholds that were in force in a stage."""

    parameters: dict[str, float] = {}


@dataclass(frozen=True)
class Try:
    """One round of a pair: its edit, the state of each stage it came to, and what the stages gave.

    `ended` is the stage after which it was not accepted, with the codes told for it; null if it was, or is in work.
    """

    edit_document: object = None
    states: dict[StageName, StageState] = field(default_factory=dict)
    found: Found | None = None
    told: Told | None = None
    making: dict[str, float] = field(default_factory=dict)
    ended: tuple[StageName, tuple[str, ...]] | None = None

    @cached_property
    def edit(self) -> Edit | None:
        """The edit that was made, with its scores."""
        return None if self.edit_document is None else Edit.model_validate(self.edit_document)


@dataclass(frozen=True)
class PairFacts:
    """A pair with all of its tries.

    `thresholds` are those that its job asked for, `pixels` are image1's, and `ended` is whether the job has.
    """

    job: str
    synthesis: bool
    policy: Policy
    thresholds: dict[str, float]
    keep_rejected: bool
    tries: tuple[Try, ...]
    pixels: int | None = None
    ended: bool = False
    failed: bool = False
    verdict: Verdict | None = None

    @property
    def enforced(self) -> bool:
        """Whether gates refuse the pair a record."""
        return self.synthesis and self.policy is Policy.CURATE
