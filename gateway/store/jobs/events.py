"""Rows of events: what happened to a job, in order."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import func, select

from gateway.store.database import Session
from gateway.store.jobs.tables import EventRow
from gateway.store.values import Event


def add(session: Session, job_id: str, kind: str, document: Mapping[str, JsonValue]) -> None:
    """Note something that happened to a job."""
    session.add(EventRow(job_id=job_id, type=kind, document=document, created_at=datetime.now(UTC)))


def after(session: Session, job_id: str, sequence: int) -> list[Event]:
    """The events of a job after a sequence number, oldest first."""
    statement = select(EventRow).where(EventRow.job_id == job_id, EventRow.sequence > sequence)
    rows = session.scalars(statement.order_by(EventRow.sequence))
    return [_value(row) for row in rows]


def newest(session: Session, job_id: str) -> int:
    """The sequence number of a job's last event so far; 0 before its first."""
    return session.scalar(select(func.max(EventRow.sequence)).where(EventRow.job_id == job_id)) or 0


def last_states(session: Session, job_ids: Sequence[str]) -> dict[str, Event]:
    """By job, the event of the state that it is in."""
    newest = select(func.max(EventRow.sequence)).where(EventRow.job_id.in_(job_ids), EventRow.type == "state")
    rows = session.scalars(select(EventRow).where(EventRow.sequence.in_(newest.group_by(EventRow.job_id))))
    return {row.job_id: _value(row) for row in rows}


def _value(row: EventRow) -> Event:
    return Event(row.sequence, row.type, row.document, row.created_at)
