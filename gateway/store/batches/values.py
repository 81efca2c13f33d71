"""Frozen values of batches in place of rows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from imgdiff.batches.documents import BatchState


class LineState(StrEnum):
    """State of a line; in a cancelled batch, those that wait never start."""

    WAITING = "waiting"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class StoredBatch:
    """A batch as its row has it; `BatchRow` describes the counts."""

    sequence: int
    id: str
    tenant: str
    state: BatchState
    received: int
    digest: str
    lines: int
    total: int
    started: int
    succeeded: int
    failed: int
    rejected: int
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class NewLine:
    """A line to store: a settled request, or the error document that rejects it."""

    line: int
    custom_id: str | None
    request: dict[str, Any] | None
    error: dict[str, Any] | None = None


@dataclass(frozen=True)
class WaitingLine:
    """A line whose job is to be created."""

    line: int
    custom_id: str
    request: dict[str, Any]
