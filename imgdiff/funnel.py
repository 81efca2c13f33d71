"""The funnel: how many pairs and regions entered and passed each gate, and why the others did not.

Every pair and every region is counted once, in its last attempt, at the gate that dropped it; earlier attempts are
counted apart. So in each `Flow` entered = left + dropped + open + failed + cancelled + unknown, and what leaves a step
enters the next.
"""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from imgdiff.evidence import Verification
from imgdiff.frozen import Frozen
from imgdiff.jobs import StageName
from imgdiff.records import Verdict
from imgdiff.rules.thresholds import ACCEPTANCE, CAPTIONING, DETECTION


class Step(StrEnum):
    """The gates in order: those of the paper (section 3), and our own checks."""

    EDITING = "editing"
    IMAGE_SIMILARITY = "image_similarity"
    EVIDENCE = "evidence"
    BOX_SIZE = "box_size"
    OBJECT_MATCH = "object_match"
    CROP_DIFFERENCE = "crop_difference"
    OVERLAP = "overlap"
    BOX_LIMIT = "box_limit"
    EDIT_MATCH = "edit_match"
    TEXT_MATCH = "text_match"
    CAPTION_DIFFERENCE = "caption_difference"
    TEXT_CHECK = "text_check"
    RECORD = "record"


STAGES: Mapping[Step, StageName] = {
    Step.EDITING: StageName.EDITING,
    Step.IMAGE_SIMILARITY: StageName.DETECTION,
    Step.EVIDENCE: StageName.DETECTION,
    Step.BOX_SIZE: StageName.DETECTION,
    Step.OBJECT_MATCH: StageName.DETECTION,
    Step.CROP_DIFFERENCE: StageName.DETECTION,
    Step.OVERLAP: StageName.DETECTION,
    Step.BOX_LIMIT: StageName.DETECTION,
    Step.EDIT_MATCH: StageName.DETECTION,
    Step.TEXT_MATCH: StageName.CAPTIONING,
    Step.CAPTION_DIFFERENCE: StageName.CAPTIONING,
    Step.TEXT_CHECK: StageName.CAPTIONING,
    Step.RECORD: StageName.CAPTIONING,
}
"""The stage whose result each gate checks."""

REPLAYED = (*DETECTION, *ACCEPTANCE, *CAPTIONING)
"""Gates whose scores are stored, so that they can be decided again at other thresholds."""


class Flow(Frozen):
    """What entered a step, and how it left."""

    entered: int = Field(default=0, ge=0, description="How many reached this step.")
    left: int = Field(default=0, ge=0, description="How many passed it.")
    dropped: dict[str, int] = Field(default={}, description="How many were dropped here, by reason code.")
    noted: dict[str, int] = Field(
        default={},
        description="How often a gate of this step fired without dropping anything, by reason code: "
        "it only reports, or another gate had already dropped the pair or region.",
    )
    open: int = Field(default=0, ge=0, description="Queued or running.")
    failed: int = Field(default=0, ge=0, description="Their stage failed.")
    cancelled: int = Field(default=0, ge=0, description="Their job was cancelled, expired or failed.")
    unknown: int = Field(
        default=0, ge=0, description="At other thresholds only: how many the stored scores cannot decide."
    )


class FunnelStep(Frozen):
    """One gate, or several that check the same thing."""

    step: Step = Field(description="Name of the step; steps are listed in order.")
    stage: StageName = Field(description="Stage whose result it checks.")
    thresholds: dict[str, tuple[float, ...]] = Field(
        default={}, description="The distinct thresholds in force by reason code, ascending; several where jobs differ."
    )
    pairs: Flow = Field(description="Pairs. One is dropped with its last region, at the step that drops that region.")
    regions: Flow = Field(description="Regions of the pairs that were searched for changes.")


class Tries(Frozen):
    """How many attempts pairs took until they were accepted or given up."""

    made: int = Field(default=0, ge=0, description="All attempts; an uploaded pair has one.")
    needed: dict[int, int] = Field(default={}, description="Pairs that survived, by their number of attempts.")
    again: dict[str, int] = Field(
        default={}, description="Attempts that another one followed, by the reason code that ended them."
    )


class Totals(Frozen):
    """Pairs by outcome: asked = survived + dropped + open + failed + cancelled + unknown."""

    asked: int = Field(default=0, ge=0, description="Pairs that were uploaded or requested.")
    survived: int = Field(default=0, ge=0, description="Records with the verdict `different`.")
    dropped: int = Field(default=0, ge=0, description="Dropped by a gate; an uploaded pair has a record nevertheless.")
    open: int = Field(default=0, ge=0, description="Undecided as yet.")
    failed: int = Field(default=0, ge=0, description="A stage failed.")
    cancelled: int = Field(default=0, ge=0, description="Their job was cancelled, expired or failed.")
    unknown: int = Field(default=0, ge=0, description="Not decided by the stored scores; 0 at the thresholds in force.")


class WhatIf(Frozen):
    """The same attempts at the same pairs, decided again from their stored scores at other thresholds."""

    thresholds: dict[str, float] = Field(description="The thresholds tried, by reason code.")
    totals: Totals = Field(description="Pairs by outcome.")
    records: dict[Verdict, int] = Field(
        default={}, description="Records by verdict, as far as the stored scores decide it."
    )
    retried: int = Field(
        ge=0, description="Pairs that survived and would be dropped; each would get another attempt of unknown outcome."
    )
    regions: int = Field(ge=0, description="Regions that would survive.")
    steps: tuple[FunnelStep, ...] = Field(default=(), description="Every step at these thresholds.")


class Point(Frozen):
    """One threshold of a sweep."""

    threshold: float = Field(description="The threshold tried.")
    paper: bool = Field(description="Whether it is the paper's; cosines of other networks are on other scales.")
    current: bool = Field(description="Whether it is in force.")
    survived: int = Field(ge=0, description="Pairs that would survive.")
    unknown: int = Field(ge=0, description="Pairs that the stored scores cannot decide.")
    regions: int = Field(ge=0, description="Regions that would survive.")


class Sweep(Frozen):
    """One gate at several thresholds, with all others unchanged; pairs that another threshold decided keep theirs."""

    code: str = Field(description="Reason code of the gate.")
    points: tuple[Point, ...] = Field(description="The points, by ascending threshold.")


class Funnel(Frozen):
    """The funnel of one job, or of all jobs of a dataset."""

    dataset: str = Field(description="Name of the dataset.")
    job: str | None = Field(default=None, description="The job; null for a whole dataset.")
    jobs: int = Field(ge=0, description="Jobs counted.")
    ordered: int = Field(ge=0, description="Pairs that syntheses requested; they enter at `editing`.")
    given: int = Field(ge=0, description="Pairs that clients uploaded; they enter at `image_similarity`.")
    made: int = Field(ge=0, description="Requested pairs that the last attempt made.")
    totals: Totals = Field(description="Pairs by outcome.")
    records: dict[Verdict, int] = Field(default={}, description="Records by verdict.")
    rejected: dict[str, int] = Field(
        default={}, description="Pairs without a record, by the reason code that ended their last attempt."
    )
    regions: int = Field(ge=0, description="Regions that survived.")
    sentences: Verification = Field(default=Verification(), description="Checks of the surviving regions' sentences.")
    tries: Tries = Field(default=Tries(), description="How many attempts pairs took.")
    unstored: int = Field(
        default=0, ge=0, description="Pairs whose jobs did not keep dropped regions (`keep_rejected` false)."
    )
    steps: tuple[FunnelStep, ...] = Field(description="Every step, at the thresholds in force.")
    what_if: WhatIf | None = Field(default=None, description="The same at other thresholds; null unless requested.")
    sweeps: tuple[Sweep, ...] | None = Field(
        default=None, description="Every gate at several thresholds; null unless a report was requested."
    )
