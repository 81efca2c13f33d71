"""Rows of jobs. Whoever changes a job, its pairs or its stages holds the lock on the job's row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from gateway.store.database import Session
from gateway.store.tables import JobRow, PairRow
from gateway.store.tenants import dataset_key
from gateway.store.values import FinishedJob, JobRequest, StoredJob
from imgdiff.errors import NotFound
from imgdiff.jobs import FINAL, JobKind, JobState
from imgdiff.problems import Problem
from imgdiff.requests.names import DEFAULT_TENANT

_UNFINISHED = (JobState.QUEUED.value, JobState.RUNNING.value)
_PAIRS = select(func.count()).where(PairRow.job_id == JobRow.id).correlate(JobRow).scalar_subquery()


@dataclass(frozen=True)
class EndedJob:
    """A job that has ended, and when."""

    id: str
    finished_at: datetime


def add(session: Session, job_id: str, request: JobRequest, created_at: datetime, deadline_at: datetime) -> StoredJob:
    """A new, queued job; its dataset must exist."""
    row = JobRow(
        id=job_id,
        kind=request.kind.value,
        state=JobState.QUEUED.value,
        dataset=dataset_key(request.tenant, request.options.dataset),
        tenant=request.tenant,
        request=request.model_dump(mode="json"),
        created_at=created_at,
        deadline_at=deadline_at,
    )
    session.add(row)
    session.flush()
    return _value(row)


def find(session: Session, job_id: str) -> StoredJob:
    """A job; raises NotFound."""
    return _found(session.scalar(select(JobRow).where(JobRow.id == job_id)), job_id)


def lock(session: Session, job_id: str) -> StoredJob:
    """A job, locked until the end of the transaction; raises NotFound."""
    statement = select(JobRow).where(JobRow.id == job_id).with_for_update()
    return _found(session.scalar(statement.execution_options(populate_existing=True)), job_id)


def before(
    session: Session, sequence: int | None, limit: int, state: JobState | None, tenant: str = DEFAULT_TENANT
) -> list[StoredJob]:
    """Up to `limit` jobs of a tenant that are older than `sequence`, newest first."""
    statement = select(JobRow).where(JobRow.tenant == tenant).order_by(JobRow.sequence.desc()).limit(limit)
    if sequence is not None:
        statement = statement.where(JobRow.sequence < sequence)
    if state is not None:
        statement = statement.where(JobRow.state == state.value)
    return [_value(row) for row in session.scalars(statement)]


def start(session: Session, job: StoredJob, at: datetime) -> StoredJob:
    """Mark a job as running."""
    row = session.get_one(JobRow, job.sequence)
    row.state, row.started_at = JobState.RUNNING.value, at
    return _value(row)


def end(session: Session, job: StoredJob, state: JobState, error: Problem | None, at: datetime) -> StoredJob:
    """Mark a job as ended."""
    row = session.get_one(JobRow, job.sequence)
    row.state, row.finished_at = state.value, at
    row.error = None if error is None else error.model_dump(mode="json")
    return _value(row)


def count_unfinished(session: Session) -> int:
    """How many jobs have not ended."""
    return session.scalar(select(func.count()).where(JobRow.state.in_(_UNFINISHED))) or 0


def count_by_state(session: Session) -> dict[JobState, int]:
    """How many jobs are in each state; states without jobs are left out."""
    counts = session.execute(select(JobRow.state, func.count()).group_by(JobRow.state))
    return {JobState(state): count for state, count in counts}


def overdue(session: Session, now: datetime) -> list[str]:
    """Ids of unfinished jobs whose deadline has passed."""
    late = select(JobRow.id).where(JobRow.state.in_(_UNFINISHED), JobRow.deadline_at < now)
    return list(session.scalars(late))


def ended_since(session: Session, at: datetime) -> list[EndedJob]:
    """Jobs that ended at that time or later, in the order in which they did."""
    states = [state.value for state in FINAL]
    by_index = (JobRow.kind.in_([kind.value for kind in JobKind]), JobRow.state.in_(states), JobRow.finished_at >= at)
    ended = select(JobRow.id, JobRow.finished_at).where(*by_index).order_by(JobRow.finished_at, JobRow.id)
    return [EndedJob(job, finished) for job, finished in session.execute(ended) if finished is not None]


def last_finished(session: Session, kind: JobKind | None, limit: int) -> list[FinishedJob]:
    """Up to `limit` jobs that succeeded, of one kind or of all, oldest first."""
    last: list[FinishedJob] = []
    for one in JobKind if kind is None else (kind,):  # each by its index
        columns = (JobRow.created_at, JobRow.started_at, JobRow.finished_at, _PAIRS)
        done = select(*columns).where(JobRow.kind == one.value, JobRow.state == JobState.SUCCEEDED.value)
        rows = session.execute(done.order_by(JobRow.finished_at.desc()).limit(limit))
        last += [FinishedJob(*row) for row in rows if row[1] and row[2]]
    return sorted(last, key=lambda job: job.finished_at)[-limit:]


def pairs_ahead(session: Session, job: StoredJob) -> Sequence[int]:
    """The number of pairs of each job that waits before this one."""
    older = (JobRow.state == JobState.QUEUED.value, JobRow.sequence < job.sequence)
    return session.scalars(select(_PAIRS).select_from(JobRow).where(*older)).all()


def _found(row: JobRow | None, job_id: str) -> StoredJob:
    if row is None:
        raise NotFound(f"there is no job {job_id!r}")
    return _value(row)


def _value(row: JobRow) -> StoredJob:
    return StoredJob.model_validate(row, from_attributes=True)
