"""Rows of events: what happened to a job, in order."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import select

from gateway.store.database import Session
from gateway.store.tables import EventRow
from gateway.store.values import Event


def add(session: Session, job_id: str, kind: str, document: Mapping[str, JsonValue]) -> None:
    """Note something that happened to a job."""
    session.add(EventRow(job_id=job_id, type=kind, document=document, created_at=datetime.now(UTC)))


def after(session: Session, job_id: str, sequence: int) -> list[Event]:
    """The events of a job after a sequence number, oldest first."""
    statement = select(EventRow).where(EventRow.job_id == job_id, EventRow.sequence > sequence)
    rows = session.scalars(statement.order_by(EventRow.sequence))
    return [Event(row.sequence, row.type, row.document) for row in rows]
