"""Rows of stages: their attempts, their results, and which of them wait for a queue."""

import secrets
import uuid
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update

from gateway.store.database import Session
from gateway.store.tables import PairRow, StageRow
from gateway.store.values import Attempt, QueuedStage, Stage, StageSum
from imgdiff.jobs import StageName, StageState
from imgdiff.problems import Problem

_OPEN = (StageState.QUEUED.value, StageState.RUNNING.value)
_COLUMNS = tuple(getattr(StageRow, name) for name in Stage.model_fields)  # not the result, which may be megabytes
_QUEUED = StageRow.state == StageState.QUEUED.value


def add(session: Session, job_id: str, pair: int, name: StageName, number: int = 0) -> QueuedStage:
    """A new stage of round `number`, marked as enqueued: the caller puts it on its queue after the commit."""
    now = datetime.now(UTC)
    stage_id = f"stg_{uuid.uuid4().hex}"
    session.add(
        StageRow(
            id=stage_id,
            job_id=job_id,
            pair=pair,
            name=name.value,
            round=number,
            state=StageState.QUEUED.value,
            due_at=now,
            enqueued_at=now,
        )
    )
    return QueuedStage(stage_id, name)


def job_of(session: Session, stage_id: str) -> str | None:
    """The id of a stage's job; None for an unknown stage."""
    return session.scalar(select(StageRow.job_id).where(StageRow.id == stage_id))


def get(session: Session, stage_id: str) -> Stage:
    """A stage as it is now."""
    row = session.execute(select(*_COLUMNS).where(StageRow.id == stage_id)).one()
    return Stage.model_validate(row, from_attributes=True)


def of_job(session: Session, job_id: str) -> list[Stage]:
    """All stages of a job."""
    return of_jobs(session, [job_id])


def of_jobs(session: Session, job_ids: Collection[str]) -> list[Stage]:
    """All stages of some jobs."""
    rows = session.execute(select(*_COLUMNS).where(StageRow.job_id.in_(job_ids)))
    return [Stage.model_validate(row, from_attributes=True) for row in rows]


def sums(session: Session, job_ids: Collection[str]) -> list[StageSum]:
    """Attempts and seconds of each stage of some jobs, over all pairs and rounds."""
    added = select(StageRow.job_id, StageRow.name, func.sum(StageRow.attempts), func.sum(StageRow.seconds))
    rows = session.execute(added.where(StageRow.job_id.in_(job_ids)).group_by(StageRow.job_id, StageRow.name))
    return [StageSum(job, StageName(name), int(attempts), seconds) for job, name, attempts, seconds in rows]


def result(session: Session, job_id: str, pair: int, name: StageName, number: int) -> dict[str, object]:
    """The result of a finished stage in round `number`."""
    where = (StageRow.job_id == job_id, StageRow.pair == pair, StageRow.name == name.value, StageRow.round == number)
    return session.scalars(select(StageRow.result).where(*where)).one() or {}


def count_open(session: Session, job_id: str, name: StageName | None = None) -> int:
    """How many stages of a job are queued or running, of one name or of all."""
    still = select(func.count()).where(StageRow.job_id == job_id, StageRow.state.in_(_OPEN))
    return session.scalar(still if name is None else still.where(StageRow.name == name.value)) or 0


def count_queued(session: Session) -> dict[StageName, int]:
    """How many stages of each name wait for a worker; names without any are left out."""
    queued = select(StageRow.name, func.count()).where(StageRow.state == StageState.QUEUED.value)
    return {StageName(name): count for name, count in session.execute(queued.group_by(StageRow.name))}


def done(session: Session, job_id: str) -> set[tuple[int, StageName]]:
    """Pairs and stages that have succeeded in the pair's latest round."""
    last = (StageRow.job_id == PairRow.job_id) & (StageRow.pair == PairRow.pair) & (StageRow.round == PairRow.round)
    wanted = (StageRow.job_id == job_id, StageRow.state == StageState.SUCCEEDED.value)
    rows = session.execute(select(StageRow.pair, StageRow.name).join(PairRow, last).where(*wanted))
    return {(pair, StageName(name)) for pair, name in rows}


def start(session: Session, stage: Stage, now: datetime, lease_seconds: float) -> Attempt:
    """Give a stage to a worker under a new token."""
    row = _row(session, stage)
    row.state, row.attempts, row.started_at = StageState.RUNNING.value, stage.attempts + 1, now
    row.token, row.lease_until = secrets.token_hex(16), now + timedelta(seconds=lease_seconds)
    return Attempt(stage.id, stage.job_id, stage.pair, stage.round, stage.name, row.token, row.attempts)


def is_current(session: Session, attempt: Attempt) -> bool:
    """Whether this is still the attempt that counts."""
    return session.scalar(select(StageRow.token).where(StageRow.id == attempt.stage_id)) == attempt.token


def renew_lease(session: Session, attempt: Attempt, lease_seconds: float) -> bool:
    """Extend the lease of the current attempt; False when another attempt has replaced it."""
    until = datetime.now(UTC) + timedelta(seconds=lease_seconds)
    ours = (StageRow.id == attempt.stage_id, StageRow.token == attempt.token)
    renewed = session.execute(update(StageRow).where(*ours).values(lease_until=until).returning(StageRow.id))
    return renewed.first() is not None


def succeed(session: Session, stage: Stage, result: dict[str, object]) -> None:
    """Mark a stage as done, with its result."""
    row = _row(session, stage)
    now = datetime.now(UTC)
    _release(row, StageState.SUCCEEDED)
    row.result, row.finished_at = result, now
    row.seconds = (now - (row.started_at or now)).total_seconds()


def fail(session: Session, stage: Stage, error: Problem) -> None:
    """Mark a stage as failed, with its error."""
    row = _row(session, stage)
    _release(row, StageState.FAILED)
    row.error, row.finished_at = error.model_dump(mode="json"), datetime.now(UTC)


def requeue(session: Session, stage: Stage, pause: float) -> None:
    """Queue a stage again in `pause` seconds, with the stage's own counts of attempts and deferrals."""
    row = _row(session, stage)
    _release(row, StageState.QUEUED)
    row.attempts, row.deferrals = stage.attempts, stage.deferrals
    row.enqueued_at, row.due_at = None, datetime.now(UTC) + timedelta(seconds=pause)


def suspect(session: Session, stage: Stage) -> None:
    """Queue a stage again as a suspect, with the stage's own counts of attempts and deaths."""
    row = _row(session, stage)
    now = datetime.now(UTC)
    _release(row, StageState.QUEUED)
    row.attempts, row.deaths, row.deaths_alone = stage.attempts, stage.deaths, stage.deaths_alone
    row.enqueued_at, row.due_at, row.suspected_at = None, now, now


def hold(session: Session, stage: Stage) -> None:
    """Take a queued stage off its queue until its quarantine is open."""
    _row(session, stage).enqueued_at = None


def cancel_open(session: Session, job_id: str, at: datetime) -> None:
    """Cancel every open stage of a job; workers lose their claim to write a result."""
    for row in session.scalars(select(StageRow).where(StageRow.job_id == job_id, StageRow.state.in_(_OPEN))):
        _release(row, StageState.CANCELLED)
        row.finished_at = at


def abandoned(session: Session, now: datetime) -> list[str]:
    """Ids of running stages whose lease has expired."""
    return list(session.scalars(select(StageRow.id).where(*_is_abandoned(now))))


def is_abandoned(session: Session, stage_id: str, now: datetime) -> bool:
    """Whether a stage runs on an expired lease."""
    expired = select(StageRow.id).where(StageRow.id == stage_id, *_is_abandoned(now))
    return session.scalar(expired) is not None


def has_stale(session: Session, name: StageName, cutoff: datetime) -> bool:
    """Whether a queued stage was put on its queue before `cutoff`."""
    return session.scalar(select(StageRow.id).where(*_is_stale(name, cutoff)).limit(1)) is not None


def mark_stale(session: Session, name: StageName, cutoff: datetime) -> int:
    """Mark stages put on their queue before `cutoff` as not enqueued; returns how many."""
    lost = update(StageRow).where(*_is_stale(name, cutoff)).values(enqueued_at=None)
    return len(session.scalars(lost.returning(StageRow.id)).all())


def last_started(session: Session, name: StageName, since: datetime) -> datetime | None:
    """When the most recently enqueued of the stages started after `since` was put on its queue."""
    taken = (StageRow.name == name.value, StageRow.started_at > since)
    return session.scalar(select(func.max(StageRow.enqueued_at)).where(*taken))


def has_due(session: Session, now: datetime) -> bool:
    """Whether a stage that is no suspect waits to be put on its queue."""
    waiting = select(StageRow.id).where(*_is_due(now), StageRow.suspected_at.is_(None))
    return session.scalar(waiting.limit(1)) is not None


def claim_due(session: Session, now: datetime, shut: Collection[StageName] = ()) -> list[QueuedStage]:
    """Mark due stages as enqueued, but for suspects and names whose quarantine is shut.

    The caller puts them on their queues after the commit.
    """
    opened = StageRow.name.not_in([name.value for name in shut])
    claimed = update(StageRow).where(*_is_due(now), StageRow.suspected_at.is_(None), opened)
    rows = session.execute(claimed.values(enqueued_at=now).returning(StageRow.id, StageRow.name))
    return [QueuedStage(stage_id, StageName(name)) for stage_id, name in rows]


def _is_abandoned(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return StageRow.state == StageState.RUNNING.value, StageRow.lease_until < now


def _is_stale(name: StageName, cutoff: datetime) -> tuple[ColumnElement[bool], ...]:
    return _QUEUED, StageRow.name == name.value, StageRow.enqueued_at < cutoff


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return _QUEUED, StageRow.enqueued_at.is_(None), StageRow.due_at <= now


def _row(session: Session, stage: Stage) -> StageRow:
    return session.get_one(StageRow, stage.id)


def _release(row: StageRow, state: StageState) -> None:
    row.state, row.token, row.lease_until = state.value, None, None
    if state.value not in _OPEN:
        row.suspected_at = None
