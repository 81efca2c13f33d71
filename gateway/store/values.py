"""Frozen values that the store accepts and returns in place of rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Annotated

from pydantic import BeforeValidator, JsonValue

from imgdiff.frozen import Frozen
from imgdiff.jobs import FINAL, JobKind, JobState, StageName, StageState
from imgdiff.objects.donors import DonorObject
from imgdiff.options import Options, SynthesisFields
from imgdiff.problems import Problem
from imgdiff.records import AssetId, Edit, Reason
from imgdiff.requests.names import DEFAULT_TENANT


def _as_donor(value: object) -> object:
    """A donor; a photo by its id alone, as earlier versions stored it, is a whole photo."""
    return {"asset": value} if isinstance(value, str) else value


def _stored_options(value: object) -> object:
    """The options; of a document that an earlier version stored, also those that a request may not have today."""
    if not isinstance(value, Mapping):
        return value
    finite = {code: one for code, one in value.get("thresholds", {}).items() if one is not None}
    options = Options.model_validate({**value, "thresholds": finite, "dataset": "default"})
    return options.model_copy(update={"dataset": value.get("dataset", options.dataset)})


class JobRequest(Frozen):
    """The settled request of a job: asset ids in place of images, every option filled in.

    Equal requests are equal here, however their images were sent. `edits_in_flight` limits how many pairs of a
    synthesis are edited at a time, so that a large one does not hold up other jobs.
    """

    kind: JobKind
    options: Annotated[Options, BeforeValidator(_stored_options)]
    tenant: str = DEFAULT_TENANT
    image1: AssetId | None = None
    image2: AssetId | None = None
    image: AssetId | None = None
    donors: tuple[Annotated[DonorObject, BeforeValidator(_as_donor)], ...] = ()
    drawn_donors: bool = False
    fields: SynthesisFields | None = None
    edits_in_flight: int = 1

    @property
    def pairs(self) -> int:
        """How many pairs the job has."""
        return 1 if self.fields is None else self.fields.count

    @property
    def assets(self) -> set[AssetId]:
        """Every stored image that the job names."""
        named = {self.image1, self.image2, self.image, *(donor.asset for donor in self.donors)}
        return {one for one in named if one is not None}


class Lane(IntEnum):
    """Where a stage waits: those of a job that was posted by itself come before the bulk of batches."""

    SINGLE = 0
    BULK = 1


@dataclass(frozen=True)
class Turn:
    """In which lane the stages of a job wait for their tenant's turn, and what each costs of it."""

    lane: Lane = Lane.SINGLE
    cost: int = 1


class StoredJob(Frozen):
    """A job; `sequence` is its place in the order of submission, `dataset` the key of its dataset."""

    sequence: int
    id: str
    kind: JobKind
    state: JobState
    dataset: str
    lane: int = Lane.SINGLE
    cost: int = 1
    request: JobRequest
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    deadline_at: datetime | None = None
    start_by: datetime | None = None
    error: Problem | None = None

    @property
    def final(self) -> bool:
        """Whether the job has ended."""
        return self.state in FINAL


class Stage(Frozen):
    """One stage of one pair in one round, without its result."""

    id: str
    job_id: str
    pair: int
    round: int
    name: StageName
    state: StageState
    attempts: int = 0
    deferrals: int = 0
    deaths: int = 0
    deaths_alone: int = 0
    suspected_at: datetime | None = None
    started_at: datetime | None = None
    seconds: float | None = None
    cached: bool = False


@dataclass(frozen=True)
class StageSum:
    """What a stage took over all pairs and rounds of a job; seconds are null where none is done."""

    job_id: str
    name: StageName
    attempts: int
    seconds: float | None
    cached: int


@dataclass(frozen=True)
class QueuedStage:
    """A stage to put on its queue."""

    stage_id: str
    name: StageName


@dataclass(frozen=True)
class Attempt:
    """One worker's attempt at a stage. `token` fences it: only the newest attempt may write a result."""

    stage_id: str
    job_id: str
    pair: int
    round: int
    name: StageName
    token: str
    number: int


class Rejection(Frozen):
    """A round of an edited pair that was not accepted: the stage whose result led to it, why, and the edit."""

    round: int
    stage: StageName
    reasons: tuple[Reason, ...]
    edit: Edit | None = None


@dataclass(frozen=True)
class Pair:
    """One pair of a job; `index` counts from 0, `rejections` are the earlier rounds.

    `reasons` say why the pair was given up; None while it was not.
    """

    sequence: int
    job_id: str
    index: int
    round: int = 0
    image1: AssetId | None = None
    image2: AssetId | None = None
    caption1: str | None = None
    caption2: str | None = None
    edit: Edit | None = None
    reasons: tuple[Reason, ...] | None = None
    rejections: tuple[Rejection, ...] = ()


@dataclass(frozen=True)
class PairStatus:
    """How far a pair has come, without its edit."""

    job_id: str
    index: int
    round: int
    reasons: tuple[Reason, ...] | None


@dataclass(frozen=True)
class Event:
    """Something that happened to a job; the sequence is the id of the server-sent event."""

    sequence: int
    type: str
    document: Mapping[str, JsonValue]
    created_at: datetime


@dataclass(frozen=True)
class Waiting:
    """The queued jobs of a tenant in a lane and their pairs, and how many of them are older than some job."""

    lane: int
    tenant: str
    jobs: int
    pairs: int
    older: int
    older_pairs: int


@dataclass(frozen=True)
class FinishedJob:
    """When a job that its work has ended was created, started and finished, and how many pairs it had."""

    created_at: datetime
    started_at: datetime
    finished_at: datetime
    pairs: int


@dataclass(frozen=True)
class Mark:
    """A dataset, or a frozen version of it, as it was at some time.

    Both can be deleted and made again, which `created_at` shows; `deleted` counts the records that were ever deleted.
    """

    dataset: str
    created_at: datetime
    version: str | None = None
    deleted: int = 0
