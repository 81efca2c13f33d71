"""Rows of jobs. Whoever changes a job, its pairs or its stages holds the lock on the job's row."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, bindparam, case, func, insert, literal, select, type_coerce, update

from gateway.store.database import Session, read_document
from gateway.store.execution import execute, table_of
from gateway.store.tables import JobRow, JsonText, PairRow
from gateway.store.tenants import dataset_key
from gateway.store.values import FinishedJob, JobRequest, StoredJob
from imgdiff.errors import NotFound
from imgdiff.jobs import FINAL, JobKind, JobState
from imgdiff.problems import Problem
from imgdiff.requests.names import DEFAULT_TENANT

_UNFINISHED = (JobState.QUEUED.value, JobState.RUNNING.value)
_CACHED_CHARACTERS = 8192  # of a request that is kept parsed; few are longer, those with masks; chosen, not measured
_JOBS = table_of(JobRow)
_PAIRS = case(
    (_JOBS.c.kind == JobKind.DIFFERENCE_CAPTIONS.value, literal(1)),
    else_=select(func.count()).where(PairRow.job_id == _JOBS.c.id).correlate(_JOBS).scalar_subquery(),
)
_REQUEST = type_coerce(_JOBS.c.request, JsonText).label("request")
_COLUMNS = tuple(_REQUEST if name == "request" else _JOBS.c[name] for name in StoredJob.model_fields)
_THIS = _JOBS.c.id == bindparam("this")
_FIND = select(*_COLUMNS).where(_THIS)
_LOCK = _FIND.with_for_update()
_ADD = insert(_JOBS).values(request=type_coerce(bindparam("text"), JsonText)).returning(_JOBS.c.sequence)
_START = update(_JOBS).where(_THIS).values(state=JobState.RUNNING.value, started_at=bindparam("at"))
_END = (
    update(_JOBS)
    .where(_THIS)
    .values(state=bindparam("reached"), finished_at=bindparam("at"), error=type_coerce(bindparam("problem"), JsonText))
)
_COUNT_UNFINISHED = select(func.count()).select_from(_JOBS).where(_JOBS.c.state.in_(_UNFINISHED))
_OVERDUE = select(_JOBS.c.id).where(_JOBS.c.state.in_(_UNFINISHED), _JOBS.c.deadline_at < bindparam("now"))
_LAST_FINISHED = (
    select(_JOBS.c.created_at, _JOBS.c.started_at, _JOBS.c.finished_at, _PAIRS)
    .where(_JOBS.c.kind == bindparam("one"), _JOBS.c.state == JobState.SUCCEEDED.value)
    .order_by(_JOBS.c.finished_at.desc())
    .limit(bindparam("most"))
)
_AHEAD = select(func.count(), func.sum(_PAIRS)).where(
    _JOBS.c.state == JobState.QUEUED.value, _JOBS.c.sequence < bindparam("before")
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
    account: str | None = None,
) -> StoredJob:
    """A new, queued job; its dataset must exist. `account` is that of a key to whose quota it counts."""
    row: dict[str, Any] = {
        "id": job_id,
        "kind": request.kind.value,
        "state": JobState.QUEUED.value,
        "dataset": dataset_key(request.tenant, request.options.dataset),
        "created_at": created_at,
        "deadline_at": deadline_at,
    }
    added = {**row, "tenant": request.tenant, "account": account, "text": request.model_dump_json()}
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
    of_tenant = (JobRow.tenant == tenant, JobRow.state.in_(_UNFINISHED), JobRow.account.is_not_distinct_from(account))
    return session.scalar(select(func.count()).where(*of_tenant)) or 0


def count_by_tenant(session: Session) -> dict[tuple[str, JobState], int]:
    """How many jobs of each tenant are in each state; what is none is left out."""
    counts = session.execute(select(JobRow.tenant, JobRow.state, func.count()).group_by(JobRow.tenant, JobRow.state))
    return {(tenant, JobState(state)): count for tenant, state, count in counts}


def overdue(session: Session, now: datetime) -> list[str]:
    """Ids of unfinished jobs whose deadline has passed."""
    return list(execute(session, _OVERDUE, {"now": now}).scalars())


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
        rows = execute(session, _LAST_FINISHED, {"one": one.value, "most": limit})
        last += [FinishedJob(*row) for row in rows if row[1] and row[2]]
    return sorted(last, key=lambda job: job.finished_at)[-limit:]


def ahead(session: Session, job: StoredJob) -> tuple[int, int]:
    """How many jobs wait before this one, and how many pairs they have."""
    count, pairs = execute(session, _AHEAD, {"before": job.sequence}).one()
    return count, int(pairs or 0)


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
