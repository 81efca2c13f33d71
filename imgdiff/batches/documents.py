"""The documents of batches: a line as clients send it, the state of a batch, and the result of each line."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from imgdiff.frozen import Frozen
from imgdiff.jobs import JobKind, Rejected
from imgdiff.problems import Problem
from imgdiff.records import NextCursor, Record
from imgdiff.requests.sent import Sent

SHOWN_ERRORS = 20  # of the first lines with one, in a batch's own document; chosen, not measured

CustomId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="Your own id of the line, unique in its batch, without control characters.",
    ),
]


class BatchUrl(StrEnum):
    """The route whose JSON body a line holds."""

    DIFFERENCE_CAPTIONS = "/v1/difference-captions"
    SYNTHESES = "/v1/syntheses"

    @property
    def kind(self) -> JobKind:
        """The kind of job."""
        return JobKind.SYNTHESIS if self is BatchUrl.SYNTHESES else JobKind.DIFFERENCE_CAPTIONS


class BatchLine(Sent):
    """One line of a batch."""

    custom_id: CustomId
    method: Literal["POST"] = Field(default="POST", description="As in batch files of other APIs.")
    url: BatchUrl = Field(default=BatchUrl.DIFFERENCE_CAPTIONS, description="The route that takes the body.")
    body: dict[str, JsonValue] = Field(
        description="JSON body of the route: a DifferenceCaptionsRequest or a SynthesisRequest."
    )


class BatchState(StrEnum):
    """State of a batch."""

    RECEIVING = "receiving"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class BatchCounts(Frozen):
    """How many lines are in each state."""

    total: int = Field(ge=0, description="Lines received; blank ones do not count.")
    waiting: int = Field(ge=0, description="Lines whose job has not been created.")
    running: int = Field(ge=0, description="Lines whose job has not ended.")
    completed: int = Field(ge=0, description="Lines whose job succeeded; the output has them.")
    failed: int = Field(ge=0, description="Lines whose job failed, expired or was cancelled by itself.")
    rejected: int = Field(ge=0, description="Lines that are no valid request.")
    cancelled: int = Field(ge=0, description="Lines that the batch's cancellation stopped or left undone.")


class BatchError(Frozen):
    """Why a line has no output."""

    line: int = Field(ge=1, description="Number of the line in the file, from 1.")
    custom_id: str | None = Field(default=None, description="The line's id; null where none could be read.")
    job: str | None = Field(default=None, description="The line's job; null if it was rejected.")
    error: Problem


class BatchOutput(Frozen):
    """What became of a line whose job succeeded."""

    line: int = Field(ge=1, description="Number of the line in the file, from 1.")
    custom_id: str = Field(description="The line's id.")
    job: str = Field(description="The line's job.")
    records: tuple[Record, ...] = Field(description="Its records: at most one of a pair, up to `count` of a synthesis.")
    rejected: tuple[Rejected, ...] = Field(default=(), description="Pairs that did not become records, with reasons.")
    deleted: bool = Field(
        default=False, description="Whether records of it were deleted since; `records` has the others."
    )


class BatchLinks(Frozen):
    """Paths of related resources."""

    self: str = Field(description="Path of the batch; PATCH appends to its file, DELETE cancels or deletes it.")
    output: str = Field(description="Path of the finished lines.")
    errors: str = Field(description="Path of the failed and rejected lines.")


class Batch(Frozen):
    """Many requests in one file, worked off behind single requests."""

    id: str = Field(pattern=r"^bat_[0-9a-f]{32}$", description="Identifier of the batch.")
    state: BatchState = Field(
        description="receiving (its file is not whole), running, then either completed or cancelled."
    )
    created_at: datetime = Field(description="When its first bytes were accepted, UTC.")
    started_at: datetime | None = Field(default=None, description="When its file was whole.")
    finished_at: datetime | None = Field(default=None, description="When its last line ended, or it was cancelled.")
    received_bytes: int = Field(ge=0, description="Bytes of whole lines stored; where an upload goes on.")
    counts: BatchCounts = Field(description="How many lines are in each state.")
    errors: tuple[BatchError, ...] = Field(
        default=(), description=f"The first {SHOWN_ERRORS} lines with an error; `links.errors` has all."
    )
    links: BatchLinks = Field(description="Paths of related resources.")

    @property
    def final(self) -> bool:
        """Whether nothing of it will change."""
        return self.state in {BatchState.COMPLETED, BatchState.CANCELLED} and not self.counts.running


class BatchPage(Frozen):
    """A page of batches, newest first, without their errors."""

    batches: tuple[Batch, ...] = Field(description="The batches.")
    next_cursor: NextCursor = None
