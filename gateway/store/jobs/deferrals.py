"""Queued stages whose service was away, and which wait until it is tried again."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update

from gateway.store.database import Session
from gateway.store.tables import StageRow
from imgdiff.jobs import StageName, StageState

_RECENTLY = timedelta(seconds=5)  # put on its queue and done since: its service is back; chosen, not measured


def waiting(session: Session, now: datetime) -> list[StageName]:
    """The names of which a stage waits."""
    return [StageName(name) for name in session.scalars(select(StageRow.name).where(*_wait(now)).distinct())]


def is_back(session: Session, name: StageName, now: datetime) -> bool:
    """Whether a stage of that name has just succeeded."""
    done = StageRow.state == StageState.SUCCEEDED.value
    recent = select(StageRow.id).where(done, StageRow.enqueued_at > now - _RECENTLY, StageRow.name == name.value)
    return session.scalar(recent.limit(1)) is not None


def hasten(session: Session, name: StageName, now: datetime, most: int) -> None:
    """Let up to `most` that wait be due now, first those that would be due first."""
    first = select(StageRow.id).where(*_wait(now), StageRow.name == name.value).order_by(StageRow.due_at).limit(most)
    chosen = session.scalars(first).all()
    session.execute(update(StageRow).where(StageRow.id.in_(chosen), *_wait(now)).values(due_at=now))


def _wait(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        StageRow.state == StageState.QUEUED.value,
        StageRow.enqueued_at.is_(None),
        StageRow.suspected_at.is_(None),
        StageRow.deferrals > 0,
        StageRow.due_at > now,
    )
