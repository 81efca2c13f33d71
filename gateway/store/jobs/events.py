"""Rows of events: what happened to a job, in order.

An event holds the state of the job and what has changed (`changes`); `gateway.pipeline.job_history` renders it.
Those of earlier versions hold the whole job instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import bindparam, func, insert, select

from gateway.store.database import Session
from gateway.store.execution import execute, table_of
from gateway.store.jobs.tables import EventRow

_EVENTS = table_of(EventRow)
_COLUMNS = (_EVENTS.c.sequence, _EVENTS.c.job_id, _EVENTS.c.type, _EVENTS.c.document, _EVENTS.c.created_at)
_OF_JOB = _EVENTS.c.job_id == bindparam("job")
_ADD = insert(_EVENTS)
_AFTER = select(*_COLUMNS).where(_OF_JOB, _EVENTS.c.sequence > bindparam("after")).order_by(_EVENTS.c.sequence)
_NEWEST = select(func.max(_EVENTS.c.sequence)).where(_OF_JOB)
_LAST_STATES = select(func.max(_EVENTS.c.sequence)).where(
    _EVENTS.c.job_id.in_(bindparam("jobs", expanding=True)), _EVENTS.c.type == "state"
)
_LAST = select(*_COLUMNS).where(_EVENTS.c.sequence.in_(_LAST_STATES.group_by(_EVENTS.c.job_id)))


@dataclass(frozen=True)
class StoredEvent:
    """An event as it is stored."""

    sequence: int
    job_id: str
    type: str
    document: Mapping[str, JsonValue]
    created_at: datetime


def add(session: Session, job_id: str, kind: str, document: Mapping[str, JsonValue]) -> None:
    """Note something that happened to a job."""
    row = {"job_id": job_id, "type": kind, "document": document, "created_at": datetime.now(UTC)}
    execute(session, _ADD, row)


def after(session: Session, job_id: str, sequence: int) -> list[StoredEvent]:
    """The events of a job after a sequence number, oldest first."""
    return [StoredEvent(*row) for row in execute(session, _AFTER, {"job": job_id, "after": sequence})]


def newest(session: Session, job_id: str) -> int:
    """The sequence number of a job's last event so far; 0 before its first."""
    return execute(session, _NEWEST, {"job": job_id}).scalar() or 0


def last_states(session: Session, job_ids: Sequence[str]) -> list[StoredEvent]:
    """The event of the state that each of some jobs is in; a job without events is left out."""
    return [StoredEvent(*row) for row in execute(session, _LAST, {"jobs": list(job_ids)})] if job_ids else []
