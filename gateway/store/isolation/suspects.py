"""Which stages wait until they may run alone."""

from datetime import datetime

from sqlalchemy import func, select, update

from gateway.store.database import Session
from gateway.store.tables import StageRow
from gateway.store.values import QueuedStage
from imgdiff.jobs import StageName, StageState

_QUEUED = StageRow.state == StageState.QUEUED.value
_RUNNING = StageRow.state == StageState.RUNNING.value
_SUSPECTED = StageRow.suspected_at.is_not(None)


def count(session: Session) -> dict[StageName, int]:
    """How many suspects of each name wait or run; names without any are left out."""
    rows = session.execute(select(StageRow.name, func.count()).where(_SUSPECTED).group_by(StageRow.name))
    return {StageName(name): number for name, number in rows}


def next_one(session: Session, name: StageName, now: datetime, *, anyone: bool) -> str | None:
    """The queued stage that runs alone next, if one is due: first the one that died alone least, then the oldest.

    With `anyone`, a stage that is no suspect may come first.
    """
    due = (_QUEUED, StageRow.name == name.value, StageRow.due_at <= now, *(() if anyone else (_SUSPECTED,)))
    order = (StageRow.deaths_alone, StageRow.suspected_at, StageRow.due_at)
    return session.scalar(select(StageRow.id).where(*due).order_by(*order).limit(1))


def others_wait(session: Session, name: StageName) -> bool:
    """Whether a stage of that name that is no suspect is queued or runs."""
    waiting = select(StageRow.id).where(_QUEUED | _RUNNING, StageRow.name == name.value, ~_SUSPECTED)
    return session.scalar(waiting.limit(1)) is not None


def any_runs(session: Session, name: StageName) -> bool:
    """Whether a stage of that name runs."""
    return session.scalar(select(StageRow.id).where(_RUNNING, StageRow.name == name.value).limit(1)) is not None


def is_open(session: Session, stage_id: str) -> bool:
    """Whether a stage is queued or runs."""
    return session.scalar(select(StageRow.id).where(StageRow.id == stage_id, _QUEUED | _RUNNING)) is not None


def enqueue(session: Session, stage_id: str, name: StageName, now: datetime) -> list[QueuedStage]:
    """Mark a stage as enqueued if it is due and not yet; the caller puts it on its queue after the commit."""
    due = (StageRow.id == stage_id, _QUEUED, StageRow.enqueued_at.is_(None), StageRow.due_at <= now)
    marked = session.scalars(update(StageRow).where(*due).values(enqueued_at=now).returning(StageRow.id))
    return [QueuedStage(one, name) for one in marked]
