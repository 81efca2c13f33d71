"""The job: the life cycle of one request, from queued to exactly one final state."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field, JsonValue

from imgdiff.frozen import Frozen
from imgdiff.problems import Problem
from imgdiff.records import NextCursor, Reason, Record


class StageName(StrEnum):
    """The three stages; service folder, extra, queue and container image have the same name."""

    EDITING = "editing"
    DETECTION = "detection"
    CAPTIONING = "captioning"


class JobKind(StrEnum):
    """Kind of request."""

    DIFFERENCE_CAPTIONS = "difference-captions"
    SYNTHESIS = "synthesis"


class JobState(StrEnum):
    """State of a job: queued, running, then exactly one of the four final states."""

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
    """Progress of one stage; a synthesis sums over its pairs."""

    name: StageName = Field(description="Service that runs it.")
    state: StageState = Field(
        description="State of the stage; once done for every pair, it stays so while a pair is attempted again."
    )
    attempts: int = Field(
        ge=0, description="Number of starts that count, summed over pairs: not those that a death of the service ended."
    )
    seconds: float | None = Field(default=None, description="Seconds of work, summed over pairs; null until done.")
    cached: int = Field(
        default=0, ge=0, description="Number of its results that an earlier job's same request had given."
    )


class Rejected(Frozen):
    """A pair that did not become a record: of a synthesis, swapped, or one that repeats a record of its dataset."""

    index: int = Field(ge=0, description="Which of the `count` pairs, from 0.")
    reasons: tuple[Reason, ...] = Field(description="Why the pair was rejected.")


class JobLinks(Frozen):
    """Paths of related resources."""

    self: str = Field(description="Path of the job.")
    events: str = Field(description="Path of its server-sent events.")
    cancel: str = Field(description="Path to DELETE to cancel it.")


class Job(Frozen):
    """One request and its progress."""

    id: str = Field(pattern=r"^job_[0-9a-f]{32}$", description="Identifier of the job.")
    kind: JobKind = Field(description="Kind of request.")
    state: JobState = Field(description="queued, running, then exactly one of succeeded, failed, cancelled, expired.")
    created_at: datetime = Field(description="When the request was accepted, UTC.")
    started_at: datetime | None = Field(default=None, description="When the first stage started.")
    finished_at: datetime | None = Field(default=None, description="When the job reached a final state.")
    progress: float = Field(ge=0.0, le=1.0, description="Share of its stages that are done, 0..1.")
    queue_position: int | None = Field(
        default=None,
        description="Jobs before it, by the turns of tenants, if no other comes; 0 once running, null once final.",
    )
    eta_seconds: float | None = Field(
        default=None, description="Estimated seconds to the end, from how fast the queue drains; null if unknown."
    )
    stages: tuple[StageStatus, ...] = Field(description="Its stages in order.")
    records: tuple[Record, ...] = Field(default=(), description="The records, once the job has succeeded.")
    rejected: tuple[Rejected, ...] = Field(default=(), description="Pairs that did not become records, with reasons.")
    error: Problem | None = Field(default=None, description="Why it failed or expired.")
    metadata: dict[str, JsonValue] | None = Field(default=None, description="The client's own JSON object, unchanged.")
    links: JobLinks

    @property
    def final(self) -> bool:
        """Whether the job has reached a final state."""
        return self.state in FINAL


class JobPage(Frozen):
    """A page of jobs, newest first, without their records."""

    jobs: tuple[Job, ...] = Field(description="The jobs.")
    next_cursor: NextCursor = None


class DeadLetter(Frozen):
    """A stage that was given up although nothing was wrong with its request: it may be replayed or discarded."""

    id: str = Field(pattern=r"^dlt_[0-9a-f]{32}$", description="Identifier of the dead letter.")
    job: str = Field(description="Id of the job.")
    kind: JobKind = Field(description="Kind of its request.")
    stage: StageName = Field(description="The stage that was given up.")
    pair: int = Field(ge=0, description="Which of the job's pairs, from 0.")
    attempts: int = Field(ge=0, description="Number of starts that counted.")
    deaths: int = Field(ge=0, description="Number of starts that ended with the death of the service or worker.")
    error: Problem = Field(description="Why it was given up.")
    created_at: datetime = Field(description="When it was given up, UTC.")
    replayed_as: str | None = Field(default=None, description="Id of the job that does the work again.")
    replayed_at: datetime | None = Field(default=None, description="When that was submitted, UTC.")


class DeadLetterPage(Frozen):
    """A page of dead letters, newest first."""

    dead_letters: tuple[DeadLetter, ...] = Field(description="The dead letters.")
    next_cursor: NextCursor = None


class JobEvent(Frozen):
    """One server-sent event of a job."""

    type: Literal["state", "stage"] = Field(description="What changed: the state of the job, or a stage.")
    job: Job = Field(description="The job at that moment, without records.")
