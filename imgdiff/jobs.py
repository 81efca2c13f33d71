"""The job: one request's life, from queued to exactly one end."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field, JsonValue

from imgdiff.frozen import Frozen
from imgdiff.problems import Problem
from imgdiff.records import Reason, Record


class StageName(StrEnum):
    """The three stages; folder = extra = queue = image = stage."""

    EDITING = "editing"
    DETECTION = "detection"
    CAPTIONING = "captioning"


class JobKind(StrEnum):
    """What was asked for."""

    DIFFERENCE_CAPTIONS = "difference-captions"
    SYNTHESIS = "synthesis"


class JobState(StrEnum):
    """Queued, running, then exactly one of the four ends."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class StageState(StrEnum):
    """State of one stage of one job."""

    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.EXPIRED})


class StageStatus(Frozen):
    """How far one stage has come; a synthesis sums over its pairs."""

    name: StageName = Field(description="Service that runs it.")
    state: StageState = Field(
        description="Where it stands; what was done for every pair stays so while one of them is made again."
    )
    attempts: int = Field(ge=0, description="Times it was started, summed over pairs.")
    seconds: float | None = Field(default=None, description="Seconds it took, summed over pairs; null until done.")


class Rejected(Frozen):
    """A pair of a synthesis that did not become a record."""

    index: int = Field(ge=0, description="Which of the `count` pairs, from 0.")
    reasons: tuple[Reason, ...] = Field(description="Why it did not survive.")


class JobLinks(Frozen):
    """Where to go from here."""

    self: str = Field(description="Path of the job.")
    events: str = Field(description="Path of its server-sent events.")
    cancel: str = Field(description="Path to DELETE to cancel it.")


class Job(Frozen):
    """One request's life."""

    id: str = Field(pattern=r"^job_[0-9a-f]{32}$", description="Identifier of the job.")
    kind: JobKind = Field(description="What was asked for.")
    state: JobState = Field(description="queued, running, then exactly one of succeeded, failed, cancelled, expired.")
    created_at: datetime = Field(description="When it was accepted, UTC.")
    started_at: datetime | None = Field(default=None, description="When its first stage started.")
    finished_at: datetime | None = Field(default=None, description="When it reached its end.")
    progress: float = Field(ge=0.0, le=1.0, description="Share of its stages that are done.")
    queue_position: int | None = Field(default=None, description="Jobs ahead of it; 0 once running, null when final.")
    eta_seconds: float | None = Field(
        default=None, description="Estimate from how fast the queue drains; null unknown."
    )
    stages: tuple[StageStatus, ...] = Field(description="Its stages in order.")
    records: tuple[Record, ...] = Field(default=(), description="Whole records once it has succeeded.")
    rejected: tuple[Rejected, ...] = Field(default=(), description="Pairs that did not become records, with reasons.")
    error: Problem | None = Field(default=None, description="Why it failed or expired.")
    metadata: dict[str, JsonValue] | None = Field(default=None, description="The client's own object, as it came.")
    links: JobLinks

    @property
    def final(self) -> bool:
        """Whether the job has reached its end."""
        return self.state in FINAL


class JobPage(Frozen):
    """A page of jobs, newest first; their records are left out."""

    jobs: tuple[Job, ...] = Field(description="The jobs.")
    next_cursor: str | None = Field(default=None, description="Opaque; pass as `cursor` for the next page. Null ends.")


class JobEvent(Frozen):
    """One server-sent event of a job."""

    type: Literal["state", "stage"] = Field(description="What moved.")
    job: Job = Field(description="The job as it stands, without records.")
