"""The times in rows of open stages, after the clock that they were read from has jumped."""

from datetime import datetime

from sqlalchemy import update

from gateway.store.database import Session
from gateway.store.tables import StageRow
from imgdiff.jobs import StageState


def restart(session: Session, now: datetime, lease_until: datetime) -> None:
    """Give running stages a new lease, which only a live worker renews, and let queued ones be due and on no queue.

    Another process that saw the same jump may do it again: a message that comes twice starts its stage once.
    """
    running, queued = (StageRow.state == state.value for state in (StageState.RUNNING, StageState.QUEUED))
    session.execute(update(StageRow).where(running).values(lease_until=lease_until))
    session.execute(update(StageRow).where(queued).values(due_at=now, enqueued_at=None))
