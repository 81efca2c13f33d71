"""Rows of stages: their attempts, their results, and which of them wait for a queue."""

import secrets
import uuid
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, insert, select, type_coerce, update

from gateway.store.database import Session
from gateway.store.execution import execute, table_of
from gateway.store.jobs import changes
from gateway.store.tables import JsonText, PairRow, StageRow
from gateway.store.values import Attempt, QueuedStage, Stage, StageSum, StoredJob
from imgdiff.jobs import StageName, StageState
from imgdiff.problems import Problem

_OPEN = (StageState.QUEUED.value, StageState.RUNNING.value)
_STAGES = table_of(StageRow)
_COLUMNS = tuple(_STAGES.c[name] for name in Stage.model_fields)  # not the result, which may be megabytes
_QUEUED = StageRow.state == StageState.QUEUED.value
_THIS = _STAGES.c.id == bindparam("this")
_IS_OPEN = _STAGES.c.state.in_(_OPEN)
_RELEASED: dict[str, Any] = {"token": None, "lease_until": None}
_ENDED = {**_RELEASED, "suspected_at": None}

_JOB_OF = select(_STAGES.c.job_id).where(_THIS)
_GET = select(*_COLUMNS).where(_THIS)
_OF_JOBS = select(*_COLUMNS).where(_STAGES.c.job_id.in_(bindparam("jobs", expanding=True)))
_RESULT = select(_STAGES.c.result).where(
    *(_STAGES.c[name] == bindparam(name) for name in ("job_id", "pair", "name", "round"))
)
_COUNT_OPEN = select(func.count()).where(_STAGES.c.job_id == bindparam("job"), _IS_OPEN)
_COUNT_OPEN_OF_NAME = _COUNT_OPEN.where(_STAGES.c.name == bindparam("name"))
_TOKEN = select(_STAGES.c.token).where(_THIS)
_HELD = _GET.where(_STAGES.c.token == bindparam("held"), _STAGES.c.state == StageState.RUNNING.value)
_ADD = insert(_STAGES)
_RENEW = (
    update(_STAGES)
    .where(_THIS, _STAGES.c.token == bindparam("held"))
    .values(lease_until=bindparam("until"))
    .returning(_STAGES.c.id)
)
_CANCEL_OPEN = (
    update(_STAGES)
    .where(_STAGES.c.job_id == bindparam("job"), _IS_OPEN)
    .values(state=StageState.CANCELLED.value, finished_at=bindparam("at"), **_ENDED)
)


def _updating(*columns: str, **fixed: Any) -> Any:
    """An update of these columns of one stage; `new_NAME` are their values."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    return update(_STAGES).where(_THIS).values({**values, **fixed})


_START = _updating("attempts", "started_at", "token", "lease_until", state=StageState.RUNNING.value)
_SUCCEED = _updating(
    "finished_at",
    "seconds",
    "cached",
    state=StageState.SUCCEEDED.value,
    result=type_coerce(bindparam("new_result"), JsonText),
    **_ENDED,
)
_FAIL = _updating(
    "finished_at", state=StageState.FAILED.value, error=type_coerce(bindparam("new_error"), JsonText), **_ENDED
)
_TAKE_OFF = update(_STAGES).where(_THIS).values(enqueued_at=None)
_REQUEUE = _updating("attempts", "deferrals", "due_at", state=StageState.QUEUED.value, enqueued_at=None, **_RELEASED)
_COUNTS = ("attempts", "deaths", "deaths_alone")
_SUSPECT = _updating(*_COUNTS, "due_at", "suspected_at", state=StageState.QUEUED.value, enqueued_at=None, **_RELEASED)


def add(session: Session, job: StoredJob, pair: int, name: StageName, number: int = 0) -> QueuedStage:
    """A new stage of round `number`, marked as enqueued: the caller puts it on its queue after the commit."""
    now = datetime.now(UTC)
    stage_id = f"stg_{uuid.uuid4().hex}"
    stage = Stage(id=stage_id, job_id=job.id, pair=pair, round=number, name=name, state=StageState.QUEUED)
    place = {"id": stage_id, "job_id": job.id, "pair": pair, "name": name.value, "round": number}
    waits = {"tenant": job.request.tenant, "lane": job.lane, "cost": job.cost}
    execute(session, _ADD, {**place, **waits, "state": stage.state.value, "due_at": now, "enqueued_at": now})
    _note(session, stage)
    return QueuedStage(stage_id, name)


def job_of(session: Session, stage_id: str) -> str | None:
    """The id of a stage's job; None for an unknown stage."""
    return execute(session, _JOB_OF, {"this": stage_id}).scalar()


def get(session: Session, stage_id: str) -> Stage:
    """A stage as it is now."""
    return Stage.model_validate(execute(session, _GET, {"this": stage_id}).one(), from_attributes=True)


def of_job(session: Session, job_id: str) -> list[Stage]:
    """All stages of a job."""
    return of_jobs(session, [job_id])


def of_jobs(session: Session, job_ids: Collection[str]) -> list[Stage]:
    """All stages of some jobs."""
    if not job_ids:
        return []
    rows = execute(session, _OF_JOBS, {"jobs": list(job_ids)})
    return [Stage.model_validate(row, from_attributes=True) for row in rows]


def read_noted(job_id: str, document: Mapping[str, Any]) -> list[Stage]:
    """The stages that an event holds, without their ids; those of earlier versions lack the last field."""
    names = ("pair", "name", "round", "state", "attempts", "seconds", "cached")
    rows = [dict(zip(names, row, strict=False)) for row in document.get("stages", ())]
    return [Stage.model_validate({"id": "", "job_id": job_id, **row}, strict=False) for row in rows]


def sums(session: Session, job_ids: Collection[str]) -> list[StageSum]:
    """What each stage of some jobs took, over all pairs and rounds."""
    if not job_ids:
        return []
    cached = func.sum(case((StageRow.cached, 1), else_=0))
    added = select(StageRow.job_id, StageRow.name, func.sum(StageRow.attempts), func.sum(StageRow.seconds), cached)
    rows = session.execute(added.where(StageRow.job_id.in_(job_ids)).group_by(StageRow.job_id, StageRow.name))
    return [StageSum(job, StageName(name), int(tries), seconds, used) for job, name, tries, seconds, used in rows]


def result(session: Session, job_id: str, pair: int, name: StageName, number: int) -> dict[str, object]:
    """The result of a finished stage in round `number`."""
    place = {"job_id": job_id, "pair": pair, "name": name.value, "round": number}
    return execute(session, _RESULT, place).scalar_one() or {}


def count_open(session: Session, job_id: str, name: StageName | None = None) -> int:
    """How many stages of a job are queued or running, of one name or of all."""
    if name is None:
        return execute(session, _COUNT_OPEN, {"job": job_id}).scalar() or 0
    return execute(session, _COUNT_OPEN_OF_NAME, {"job": job_id, "name": name.value}).scalar() or 0


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
    token, until = secrets.token_hex(16), now + timedelta(seconds=lease_seconds)
    started = stage.model_copy(
        update={"state": StageState.RUNNING, "attempts": stage.attempts + 1, "started_at": now, "seconds": None}
    )
    values = {"new_attempts": started.attempts, "new_started_at": now, "new_token": token, "new_lease_until": until}
    execute(session, _START, {"this": stage.id, **values})
    _note(session, started)
    return Attempt(stage.id, stage.job_id, stage.pair, stage.round, stage.name, token, started.attempts)


def is_current(session: Session, attempt: Attempt) -> bool:
    """Whether this is still the attempt that counts."""
    return execute(session, _TOKEN, {"this": attempt.stage_id}).scalar() == attempt.token


def held(session: Session, attempt: Attempt) -> Stage | None:
    """The running stage of an attempt; None when another attempt has replaced it, or the stage has ended."""
    row = execute(session, _HELD, {"this": attempt.stage_id, "held": attempt.token}).one_or_none()
    return None if row is None else Stage.model_validate(row, from_attributes=True)


def renew_lease(session: Session, attempt: Attempt, lease_seconds: float) -> bool:
    """Extend the lease of the current attempt; False when another attempt has replaced it."""
    until = datetime.now(UTC) + timedelta(seconds=lease_seconds)
    renewed = execute(session, _RENEW, {"this": attempt.stage_id, "held": attempt.token, "until": until})
    return renewed.first() is not None


def succeed(session: Session, stage: Stage, result: str) -> None:
    """Mark a stage as done, with its result as JSON text, and whether that is an earlier one."""
    now = datetime.now(UTC)
    seconds = (now - (stage.started_at or now)).total_seconds()
    values = {"new_finished_at": now, "new_seconds": seconds, "new_cached": stage.cached, "new_result": result}
    execute(session, _SUCCEED, {"this": stage.id, **values})
    _note(session, stage.model_copy(update={"state": StageState.SUCCEEDED, "seconds": seconds}))


def fail(session: Session, stage: Stage, error: Problem) -> None:
    """Mark a stage as failed, with its error."""
    values = {"new_finished_at": datetime.now(UTC), "new_error": error.model_dump_json()}
    execute(session, _FAIL, {"this": stage.id, **values})
    _note(session, stage.model_copy(update={"state": StageState.FAILED}))


def requeue(session: Session, stage: Stage, pause: float) -> None:
    """Queue a stage again in `pause` seconds, with the stage's own counts of attempts and deferrals."""
    due_at = datetime.now(UTC) + timedelta(seconds=pause)
    values = {"new_attempts": stage.attempts, "new_deferrals": stage.deferrals, "new_due_at": due_at}
    execute(session, _REQUEUE, {"this": stage.id, **values})
    _note(session, stage.model_copy(update={"state": StageState.QUEUED}))


def take_off(session: Session, stage_id: str) -> None:
    """Mark a stage as on no queue: it says nothing of how far its queue was worked off."""
    execute(session, _TAKE_OFF, {"this": stage_id})


def suspect(session: Session, stage: Stage) -> None:
    """Queue a stage again as a suspect, with the stage's own counts of attempts and deaths."""
    now = datetime.now(UTC)
    values = {f"new_{name}": getattr(stage, name) for name in _COUNTS}
    execute(session, _SUSPECT, {"this": stage.id, **values, "new_due_at": now, "new_suspected_at": now})
    _note(session, stage.model_copy(update={"state": StageState.QUEUED}))


def hold(session: Session, stage: Stage) -> None:
    """Take a queued stage off its queue until its quarantine is open."""
    take_off(session, stage.id)


def cancel_open(session: Session, job_id: str, at: datetime) -> None:
    """Cancel every open stage of a job; workers lose their claim to write a result."""
    execute(session, _CANCEL_OPEN, {"job": job_id, "at": at})


def abandoned(session: Session, now: datetime) -> list[str]:
    """Ids of running stages whose lease has expired."""
    return list(session.scalars(select(StageRow.id).where(*_is_abandoned(now))))


def is_abandoned(session: Session, stage_id: str, now: datetime) -> bool:
    """Whether a stage runs on an expired lease."""
    expired = select(StageRow.id).where(StageRow.id == stage_id, *_is_abandoned(now))
    return session.scalar(expired) is not None


def has_due(session: Session, now: datetime) -> bool:
    """Whether a stage that is no suspect waits to be put on its queue."""
    waiting = select(StageRow.id).where(*_is_due(now), StageRow.suspected_at.is_(None))
    return session.scalar(waiting.limit(1)) is not None


def claim_due(session: Session, now: datetime, shut: Collection[StageName] = ()) -> list[QueuedStage]:
    """Mark due stages as enqueued, but for suspects and names whose quarantine is shut.

    The caller puts them on their queues after the commit.
    """
    opened = StageRow.name.not_in([name.value for name in shut])
    due = select(StageRow.id, StageRow.name).where(*_is_due(now), StageRow.suspected_at.is_(None), opened)
    rows = session.execute(due.with_for_update(skip_locked=True)).all()  # never waits while it holds a stage
    ids = [stage_id for stage_id, _ in rows]
    session.execute(update(StageRow).where(StageRow.id.in_(ids)).values(enqueued_at=now))
    return [QueuedStage(stage_id, StageName(name)) for stage_id, name in rows]


def _is_abandoned(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return StageRow.state == StageState.RUNNING.value, StageRow.lease_until < now


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return _QUEUED, StageRow.enqueued_at.is_(None), StageRow.due_at <= now


def _note(session: Session, stage: Stage) -> None:
    """For the next event of its job; `read_noted` reads it."""
    row = [stage.pair, stage.name.value, stage.round, stage.state.value, stage.attempts, stage.seconds]
    row += [True] if stage.cached else []
    changes.note(session, stage.job_id, "stages", (stage.pair, stage.name, stage.round), row)
