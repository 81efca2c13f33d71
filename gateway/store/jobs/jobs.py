"""Rows of jobs. Whoever changes a job, its pairs or its stages holds the lock on the job's row."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, bindparam, case, func, insert, select, text, type_coerce, update

from gateway.store.database import Session, read_document
from gateway.store.execution import execute, table_of
from gateway.store.tables import JobRow, JsonText
from gateway.store.tenants import dataset_key
from gateway.store.values import FinishedJob, JobRequest, StoredJob, Turn, Waiting
from imgdiff.errors import NotFound
from imgdiff.jobs import FINAL, JobKind, JobState
from imgdiff.problems import Problem
from imgdiff.requests.names import DEFAULT_TENANT

_UNFINISHED = (JobState.QUEUED.value, JobState.RUNNING.value)
_CACHED_CHARACTERS = 8192  # of a request that is kept parsed; few are longer, those with masks; chosen, not measured
_JOBS = table_of(JobRow)
_REQUEST = type_coerce(_JOBS.c.request, JsonText).label("request")
_COLUMNS = tuple(_REQUEST if name == "request" else _JOBS.c[name] for name in StoredJob.model_fields)
_THIS = _JOBS.c.id == bindparam("this")
_FIND = select(*_COLUMNS).where(_THIS)
_LOCK = _FIND.with_for_update()
_LOCK_FREE = _FIND.with_for_update(skip_locked=True)
_ADD = insert(_JOBS).values(request=type_coerce(bindparam("text"), JsonText)).returning(_JOBS.c.sequence)
_START = update(_JOBS).where(_THIS).values(state=JobState.RUNNING.value, started_at=bindparam("at"), start_by=None)
_END = (
    update(_JOBS)
    .where(_THIS)
    .values(
        state=bindparam("reached"),
        finished_at=bindparam("at"),
        start_by=None,
        error=type_coerce(bindparam("problem"), JsonText),
    )
)
_COUNT_UNFINISHED = select(func.count()).select_from(_JOBS).where(_JOBS.c.state.in_(_UNFINISHED))
_LATE = select(_JOBS.c.id).where(_JOBS.c.start_by < bindparam("now"), _JOBS.c.state == JobState.QUEUED.value)
_OVERDUE = select(_JOBS.c.id).where(_JOBS.c.state.in_(_UNFINISHED), _JOBS.c.deadline_at < bindparam("now"))
_COUNT_OF_ACCOUNT = _COUNT_UNFINISHED.where(
    _JOBS.c.tenant == bindparam("tenant"), _JOBS.c.account.is_not_distinct_from(bindparam("account"))
)
_TIMES = select(_JOBS.c.created_at, _JOBS.c.started_at, _JOBS.c.finished_at, _JOBS.c.pairs)
_LAST_FINISHED = (
    _TIMES.where(_JOBS.c.kind == bindparam("one"), _JOBS.c.state == JobState.SUCCEEDED.value)
    .order_by(_JOBS.c.finished_at.desc())
    .limit(bindparam("most"))
)
_WORKED_OFF = (JobState.SUCCEEDED.value, JobState.FAILED.value)
_LAST_ENDED = (
    _TIMES.where(_JOBS.c.finished_at.is_not(None), _JOBS.c.started_at.is_not(None), _JOBS.c.state.in_(_WORKED_OFF))
    .order_by(_JOBS.c.finished_at.desc())
    .limit(bindparam("most"))
)
_LAST_OF_TENANT = _LAST_ENDED.where(_JOBS.c.tenant == bindparam("tenant"))
_BUSY_SINCE = select(func.min(_JOBS.c.started_at)).where(_JOBS.c.state == JobState.RUNNING.value)
_BUSY_FOR = _BUSY_SINCE.where(_JOBS.c.tenant == bindparam("tenant"))
_IS_OLDER = _JOBS.c.sequence < bindparam("this")
_WAITING = (
    select(
        _JOBS.c.lane,
        _JOBS.c.tenant,
        func.count(),
        func.sum(_JOBS.c.pairs),
        func.sum(case((_IS_OLDER, 1), else_=0)),
        func.sum(case((_IS_OLDER, _JOBS.c.pairs), else_=0)),
    )
    .where(text("state = 'queued'"))  # as the index has it
    .group_by(_JOBS.c.lane, _JOBS.c.tenant)
    .order_by(_JOBS.c.lane, _JOBS.c.tenant)
)


@dataclass(frozen=True)
class EndedJob:
    """A job that has ended, and when."""

    id: str
    finished_at: datetime


def add(
    session: Session,
    job_id: str,
    request: JobRequest,
    created_at: datetime,
    deadline_at: datetime,
    turn: Turn,
    account: str | None = None,
) -> StoredJob:
    """A new, queued job; its dataset must exist. `account` is that of a key to whose quota it counts."""
    seconds = request.options.start_deadline_seconds
    row: dict[str, Any] = {
        "id": job_id,
        "kind": request.kind.value,
        "state": JobState.QUEUED.value,
        "dataset": dataset_key(request.tenant, request.options.dataset),
        "lane": int(turn.lane),
        "cost": turn.cost,
        "created_at": created_at,
        "deadline_at": deadline_at,
        "start_by": None if seconds is None else created_at + timedelta(seconds=seconds),
    }
    more = {"tenant": request.tenant, "account": account, "pairs": request.pairs, "text": request.model_dump_json()}
    added = {**row, **more}
    sequence = execute(session, _ADD, added).scalar_one()
    return StoredJob(
        **{**row, "sequence": sequence, "kind": request.kind, "state": JobState.QUEUED, "request": request}
    )


def find(session: Session, job_id: str) -> StoredJob:
    """A job; raises NotFound."""
    return _found(execute(session, _FIND, {"this": job_id}).one_or_none(), job_id)


def lock(session: Session, job_id: str) -> StoredJob:
    """A job, locked until the end of the transaction; raises NotFound."""
    return _found(execute(session, _LOCK, {"this": job_id}).one_or_none(), job_id)


def lock_free(session: Session, job_id: str) -> StoredJob | None:
    """The same without waiting; None where another transaction holds the job, or there is none."""
    row = execute(session, _LOCK_FREE, {"this": job_id}).one_or_none()
    return None if row is None else _value(row)


def before(
    session: Session, sequence: int | None, limit: int, state: JobState | None, tenant: str = DEFAULT_TENANT
) -> list[StoredJob]:
    """Up to `limit` jobs of a tenant that are older than `sequence`, newest first."""
    statement = select(*_COLUMNS).where(_JOBS.c.tenant == tenant).order_by(_JOBS.c.sequence.desc()).limit(limit)
    if sequence is not None:
        statement = statement.where(_JOBS.c.sequence < sequence)
    if state is not None:
        statement = statement.where(_JOBS.c.state == state.value)
    return [_value(row) for row in session.execute(statement)]


def start(session: Session, job: StoredJob, at: datetime) -> StoredJob:
    """Mark a job as running."""
    execute(session, _START, {"this": job.id, "at": at})
    return job.model_copy(update={"state": JobState.RUNNING, "started_at": at})


def end(session: Session, job: StoredJob, state: JobState, error: Problem | None, at: datetime) -> StoredJob:
    """Mark a job as ended."""
    problem = None if error is None else error.model_dump_json()
    execute(session, _END, {"this": job.id, "reached": state.value, "at": at, "problem": problem})
    return job.model_copy(update={"state": state, "finished_at": at, "error": error})


def count_unfinished(session: Session) -> int:
    """How many jobs have not ended."""
    return execute(session, _COUNT_UNFINISHED).scalar() or 0


def count_unfinished_of(session: Session, tenant: str, account: str | None = None) -> int:
    """How many jobs of a tenant have not ended, of those that count to one of its keys, or to none."""
    return execute(session, _COUNT_OF_ACCOUNT, {"tenant": tenant, "account": account}).scalar() or 0


def count_by_tenant(session: Session) -> dict[tuple[str, JobState], int]:
    """How many jobs of each tenant are in each state; what is none is left out."""
    counts = session.execute(select(JobRow.tenant, JobRow.state, func.count()).group_by(JobRow.tenant, JobRow.state))
    return {(tenant, JobState(state)): count for tenant, state, count in counts}


def overdue(session: Session, now: datetime) -> list[str]:
    """Ids of unfinished jobs whose deadline has passed."""
    return list(execute(session, _OVERDUE, {"now": now}).scalars())


def late(session: Session, now: datetime) -> list[str]:
    """Ids of jobs that should have begun by now and have not."""
    return list(execute(session, _LATE, {"now": now}).scalars())


def ended_since(session: Session, at: datetime) -> list[EndedJob]:
    """Jobs that ended at that time or later, in the order in which they did."""
    states = [state.value for state in FINAL]
    by_index = (JobRow.kind.in_([kind.value for kind in JobKind]), JobRow.state.in_(states), JobRow.finished_at >= at)
    ended = select(JobRow.id, JobRow.finished_at).where(*by_index).order_by(JobRow.finished_at, JobRow.id)
    return [EndedJob(job, finished) for job, finished in session.execute(ended) if finished is not None]


def last_finished(session: Session, kind: JobKind, limit: int) -> list[FinishedJob]:
    """Up to `limit` jobs of a kind that succeeded, oldest first."""
    rows = execute(session, _LAST_FINISHED, {"one": kind.value, "most": limit})
    return [FinishedJob(*row) for row in reversed(list(rows)) if row[1] and row[2]]


def last_ended(session: Session, tenant: str | None, limit: int) -> list[FinishedJob]:
    """Up to `limit` jobs, of one tenant or of all, that ended because their work had, oldest first."""
    if tenant is None:
        rows = execute(session, _LAST_ENDED, {"most": limit})
    else:
        rows = execute(session, _LAST_OF_TENANT, {"most": limit, "tenant": tenant})
    return [FinishedJob(*row) for row in reversed(list(rows))]


def busy_since(session: Session, tenant: str | None) -> datetime | None:
    """When the oldest job that runs, of one tenant or of all, was begun; None where none runs."""
    one = execute(session, _BUSY_SINCE) if tenant is None else execute(session, _BUSY_FOR, {"tenant": tenant})
    return one.scalar()


def waiting(session: Session, job: StoredJob) -> list[Waiting]:
    """The queued jobs by lane and tenant, and how many are older than `job`."""
    return [Waiting(*map(_whole, row)) for row in execute(session, _WAITING, {"this": job.sequence})]


def _whole(value: Any) -> Any:
    """Sums, which PostgreSQL gives as decimal numbers, as integers."""
    return value if isinstance(value, str) else int(value)


def _found(row: Row[Any] | None, job_id: str) -> StoredJob:
    if row is None:
        raise NotFound(f"there is no job {job_id!r}")
    return _value(row)


def _value(row: Row[Any]) -> StoredJob:
    return StoredJob.model_validate({**row._asdict(), "request": _read_request(row.request)})


def _read_request(text: str) -> JobRequest:
    """The request of a job, which never changes, so that several stages parse it once."""
    return _read_short(text) if len(text) <= _CACHED_CHARACTERS else JobRequest.model_validate(read_document(text))


@lru_cache(maxsize=1024)
def _read_short(text: str) -> JobRequest:
    return JobRequest.model_validate(read_document(text))
