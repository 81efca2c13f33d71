"""Jobs: written, found, listed, ended. Whoever changes a job or its stages holds the lock on its row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.store.tables import EventRow, JobRow, StageRow
from gateway.store.views import view
from imgdiff.errors import NotFound
from imgdiff.jobs import Job, JobEvent, JobState, StageState
from imgdiff.problems import Problem

UNFINISHED = (JobState.QUEUED.value, JobState.RUNNING.value)
OPEN = (StageState.PENDING.value, StageState.QUEUED.value, StageState.RUNNING.value)


def find(session: Session, job_id: str) -> JobRow:
    """The row of a job; raises NotFound."""
    row = session.scalar(select(JobRow).where(JobRow.id == job_id))
    if row is None:
        raise NotFound(f"there is no job {job_id!r}")
    return row


def lock(session: Session, job_id: str) -> JobRow:
    """The row of a job, ours alone until the end of the transaction; raises NotFound."""
    statement = select(JobRow).where(JobRow.id == job_id).with_for_update()
    row = session.scalar(statement.execution_options(populate_existing=True))
    if row is None:
        raise NotFound(f"there is no job {job_id!r}")
    return row


def before(session: Session, sequence: int | None, limit: int, state: JobState | None) -> list[tuple[int, Job]]:
    """Up to `limit` jobs older than `sequence`, newest first, without their records."""
    statement = select(JobRow).order_by(JobRow.sequence.desc()).limit(limit)
    if sequence is not None:
        statement = statement.where(JobRow.sequence < sequence)
    if state is not None:
        statement = statement.where(JobRow.state == state.value)
    return [(row.sequence, view(session, row, with_records=False)) for row in session.scalars(statement)]


def unfinished(session: Session) -> int:
    """How many jobs have not reached their end."""
    return session.scalar(select(func.count()).where(JobRow.state.in_(UNFINISHED))) or 0


@dataclass(frozen=True)
class EndedJob:
    """A job that has ended; `sequence` is its place in the order of submission."""

    sequence: int
    id: str
    created_at: datetime


def first_unfinished(session: Session) -> int | None:
    """The sequence of the oldest job that has not ended."""
    return session.scalar(select(func.min(JobRow.sequence)).where(JobRow.state.in_(UNFINISHED)))


def ended_after(session: Session, sequence: int) -> list[EndedJob]:
    """Jobs after `sequence` that have ended, oldest first."""
    columns = (JobRow.sequence, JobRow.id, JobRow.created_at)
    ended = select(*columns).where(JobRow.sequence > sequence, JobRow.state.not_in(UNFINISHED))
    return [EndedJob(*row) for row in session.execute(ended.order_by(JobRow.sequence))]


def start(row: JobRow, now: datetime) -> None:
    """Its first stage has been taken up."""
    if row.state == JobState.QUEUED:
        row.state, row.started_at = JobState.RUNNING.value, now


def end(session: Session, row: JobRow, state: JobState, error: Problem | None = None) -> None:
    """The job's one end: what was still open of it is cancelled, and whoever works on it loses the right to."""
    if row.state not in UNFINISHED:
        return
    now = datetime.now(UTC)
    for stage in session.scalars(select(StageRow).where(StageRow.job_id == row.id, StageRow.state.in_(OPEN))):
        stage.state, stage.token, stage.lease_until, stage.finished_at = StageState.CANCELLED.value, None, None, now
    row.state, row.finished_at = state.value, now
    row.error = None if error is None else error.model_dump(mode="json")
    note_state(session, row)


def cancel(session: Session, row: JobRow) -> None:
    """End a job that its client no longer wants; one that has ended stays as it is."""
    if row.state in UNFINISHED:
        row.cancel_requested_at = datetime.now(UTC)
        end(session, row, JobState.CANCELLED)


def note_state(session: Session, row: JobRow) -> None:
    """An event: the job moved."""
    _note(session, row, "state")


def note_stage(session: Session, row: JobRow) -> None:
    """An event: one of its stages moved."""
    _note(session, row, "stage")


def events_after(session: Session, job_id: str, sequence: int) -> Sequence[EventRow]:
    """What happened to a job after an event, oldest first."""
    statement = select(EventRow).where(EventRow.job_id == job_id, EventRow.sequence > sequence)
    return session.scalars(statement.order_by(EventRow.sequence)).all()


def _note(session: Session, row: JobRow, kind: str) -> None:
    session.flush()
    event = JobEvent.model_validate({"type": kind, "job": view(session, row, with_records=False)})
    document = event.model_dump(mode="json")
    session.add(EventRow(job_id=row.id, type=kind, document=document, created_at=datetime.now(UTC)))
