"""The funnel: how many pairs and regions entered and left every gate, and why the others did not.

Every pair and every region is counted once, at the gate that ended it, in its last try; earlier tries are counted
apart. So of each `Flow`: entered = left + dropped + open + failed + cancelled + unknown, and what leaves a step enters
the next.
"""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from imgdiff.evidence import Verification
from imgdiff.frozen import Frozen
from imgdiff.jobs import StageName
from imgdiff.records import Verdict


class Step(StrEnum):
    """The gates in their order (the paper's, section 3, and what is checked besides)."""

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
    step: StageName.EDITING
    if step is Step.EDITING
    else StageName.DETECTION
    if number < list(Step).index(Step.TEXT_MATCH)
    else StageName.CAPTIONING
    for number, step in enumerate(Step)
}
"""The stage whose answer each gate looks at."""

JUDGED = (
    "pair.too_different", "pair.too_similar", "region.no_evidence", "region.too_small", "region.too_similar",
    "region.overlap", "region.limit", "edit.not_found", "edit.elsewhere", "edit.outside_changed",
    "edit.outside_perceptual", "caption.mismatch", "caption.too_similar",
)  # fmt: skip
"""Gates whose scores are stored, so that other thresholds can be tried without computing anything again."""


class Flow(Frozen):
    """What entered a step, and where it went."""

    entered: int = Field(default=0, ge=0, description="What came to this step.")
    left: int = Field(default=0, ge=0, description="What passed it.")
    dropped: dict[str, int] = Field(default={}, description="What ended here, by the reason code that ended it.")
    noted: dict[str, int] = Field(
        default={},
        description="By reason code, how often a gate of this step spoke without ending anything: "
        "it only reports, or another gate had ended it.",
    )
    open: int = Field(default=0, ge=0, description="Still waiting or in work.")
    failed: int = Field(default=0, ge=0, description="The stage could not be finished.")
    cancelled: int = Field(default=0, ge=0, description="The job was cancelled, expired or failed meanwhile.")
    unknown: int = Field(
        default=0, ge=0, description="At other thresholds only: what the stored scores cannot tell. Never a guess."
    )


class FunnelStep(Frozen):
    """One gate, or several that look at the same thing."""

    step: Step = Field(description="Name; steps come in their order.")
    stage: StageName = Field(description="Stage whose answer it looks at.")
    thresholds: dict[str, tuple[float, ...]] = Field(
        default={}, description="By reason code, the distinct thresholds in force, rising; several where jobs differ."
    )
    pairs: Flow = Field(description="Pairs. One ends with its last region, at the step where that was dropped.")
    regions: Flow = Field(description="Regions of the pairs that got as far as being searched.")


class Tries(Frozen):
    """How often pairs were made until one was accepted or given up."""

    made: int = Field(default=0, ge=0, description="All tries; a client's own pair has one.")
    needed: dict[int, int] = Field(default={}, description="Pairs that survived, by the number of tries they took.")
    again: dict[str, int] = Field(
        default={}, description="Tries that were followed by another one, by the reason code that ended them."
    )


class Totals(Frozen):
    """What became of the pairs: asked = survived + dropped + open + failed + cancelled + unknown."""

    asked: int = Field(default=0, ge=0, description="Pairs that were sent or ordered.")
    survived: int = Field(default=0, ge=0, description="Records with the verdict `different`.")
    dropped: int = Field(default=0, ge=0, description="Ended by a gate; a client's own pair has a record all the same.")
    open: int = Field(default=0, ge=0, description="Not decided yet.")
    failed: int = Field(default=0, ge=0, description="A stage could not be finished.")
    cancelled: int = Field(default=0, ge=0, description="The job was cancelled, expired or failed meanwhile.")
    unknown: int = Field(default=0, ge=0, description="What the stored scores cannot tell; 0 in what happened.")


class WhatIf(Frozen):
    """The same pairs at other thresholds, judged by their stored scores: tries that were made, none anew."""

    thresholds: dict[str, float] = Field(description="The thresholds tried, by reason code.")
    totals: Totals = Field(description="What would become of the pairs.")
    retried: int = Field(
        ge=0, description="Of those dropped, pairs that survive now; each would be made again, with an unknown end."
    )
    regions: int = Field(ge=0, description="Regions that would survive.")
    steps: tuple[FunnelStep, ...] = Field(default=(), description="Every step at these thresholds.")


class Point(Frozen):
    """One threshold of a sweep."""

    threshold: float = Field(description="Value tried.")
    paper: bool = Field(description="Whether it is the paper's; cosines of another network are on another scale.")
    current: bool = Field(description="Whether it is in force.")
    survived: int = Field(ge=0, description="Pairs that would survive.")
    unknown: int = Field(ge=0, description="Pairs of which the stored scores cannot tell.")
    regions: int = Field(ge=0, description="Regions that would survive.")


class Sweep(Frozen):
    """One gate at several thresholds, all others as they are."""

    code: str = Field(description="Reason code of the gate.")
    points: tuple[Point, ...] = Field(description="By rising threshold.")


class Funnel(Frozen):
    """The funnel of one job, or of all jobs of a dataset."""

    dataset: str = Field(description="Name of the dataset.")
    job: str | None = Field(default=None, description="The job; null for a whole dataset.")
    jobs: int = Field(ge=0, description="Jobs counted.")
    ordered: int = Field(ge=0, description="Pairs that syntheses were to make; they enter at `editing`.")
    given: int = Field(ge=0, description="Pairs that clients sent; they enter at `image_similarity`.")
    made: int = Field(ge=0, description="Ordered pairs that were made in their last try.")
    totals: Totals = Field(description="What became of the pairs.")
    records: dict[Verdict, int] = Field(default={}, description="Records by verdict.")
    regions: int = Field(ge=0, description="Regions that survived.")
    sentences: Verification = Field(default=Verification(), description="Checks of the surviving regions' sentences.")
    tries: Tries = Field(default=Tries(), description="How often pairs were made.")
    unstored: int = Field(
        default=0, ge=0, description="Pairs whose jobs did not keep dropped regions (`keep_rejected` false)."
    )
    steps: tuple[FunnelStep, ...] = Field(description="Every step, as it happened.")
    what_if: WhatIf | None = Field(default=None, description="The same at other thresholds; null unless asked for.")
    sweeps: tuple[Sweep, ...] | None = Field(
        default=None, description="Gate by gate at several thresholds; null unless a report is asked for."
    )
