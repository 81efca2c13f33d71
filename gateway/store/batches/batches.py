"""Rows of batches: created, found, locked, counted."""

import uuid
from dataclasses import fields
from datetime import UTC, datetime

from sqlalchemy import delete, func, or_, select, update

from gateway.store.batches.tables import BatchLineRow, BatchRow
from gateway.store.batches.values import StoredBatch
from gateway.store.database import Session
from gateway.store.webhooks import outbox
from imgdiff.batches.documents import BatchState
from imgdiff.errors import Conflict, NotFound
from imgdiff.requests.names import DEFAULT_TENANT
from imgdiff.webhooks.documents import EventType

_FIELDS = tuple(field.name for field in fields(StoredBatch))

_DELETING = "deleting"  # in place of a state: the batch is hidden until all of its lines are deleted
_LINES_AT_ONCE = 10_000  # lines that one transaction deletes; chosen, not measured


def create(session: Session, tenant: str = DEFAULT_TENANT) -> StoredBatch:
    """A new batch without lines."""
    now, state = datetime.now(UTC), BatchState.RECEIVING.value
    row = BatchRow(id=f"bat_{uuid.uuid4().hex}", tenant=tenant, state=state, created_at=now, updated_at=now)
    session.add(row)
    session.flush()
    return _value(row)


def find(session: Session, batch_id: str) -> StoredBatch:
    """A batch; raises NotFound."""
    return _found(session.scalar(select(BatchRow).where(BatchRow.id == batch_id, _IS_SHOWN)), batch_id)


def lock(session: Session, batch_id: str) -> StoredBatch:
    """A batch, locked until the end of the transaction; raises NotFound."""
    statement = select(BatchRow).where(BatchRow.id == batch_id, _IS_SHOWN).with_for_update()
    return _found(session.scalar(statement.execution_options(populate_existing=True)), batch_id)


def before(session: Session, sequence: int | None, limit: int, tenant: str = DEFAULT_TENANT) -> list[StoredBatch]:
    """Up to `limit` batches of a tenant that are older than `sequence`, newest first."""
    statement = (
        select(BatchRow).where(BatchRow.tenant == tenant, _IS_SHOWN).order_by(BatchRow.sequence.desc()).limit(limit)
    )
    if sequence is not None:
        statement = statement.where(BatchRow.sequence < sequence)
    return [_value(row) for row in session.scalars(statement)]


def has_open(session: Session) -> bool:
    """Whether a batch has lines to start or jobs to follow."""
    return session.scalar(select(BatchRow.sequence).where(_IS_OPEN).limit(1)) is not None


def lock_open(session: Session) -> list[StoredBatch]:
    """Batches with lines to start or jobs to follow, locked in order, so that one feeder works at a time."""
    statement = select(BatchRow).where(_IS_OPEN).order_by(BatchRow.sequence).with_for_update()
    return [_value(row) for row in session.scalars(statement.execution_options(populate_existing=True))]


def abandoned(session: Session, since: datetime) -> list[str]:
    """Ids of batches of which nothing arrived since a time, although their file is not whole."""
    late = (BatchRow.state == BatchState.RECEIVING.value, BatchRow.updated_at < since)
    return list(session.scalars(select(BatchRow.id).where(*late)))


def oldest_open(session: Session, tenant: str = DEFAULT_TENANT) -> datetime | None:
    """When the oldest batch of a tenant that may still need its images was created."""
    unfinished = BatchRow.state.in_((BatchState.RECEIVING.value, BatchState.RUNNING.value))
    return session.scalar(
        select(BatchRow.created_at).where(unfinished, BatchRow.tenant == tenant).order_by(BatchRow.sequence).limit(1)
    )


def count_started(session: Session, tenant: str) -> int:
    """How many jobs of a tenant's batches have not ended."""
    return session.scalar(select(func.sum(BatchRow.started)).where(BatchRow.tenant == tenant)) or 0


def save(session: Session, batch: StoredBatch) -> StoredBatch:
    """Write a changed batch back, as of now."""
    row = session.get_one(BatchRow, batch.sequence)
    event = None if _ended(_value(row)) else _ended(batch)
    if event is not None:
        outbox.note(session, batch.tenant, event, batch.id)
    for name in _FIELDS:
        setattr(row, name, batch.state.value if name == "state" else getattr(batch, name))
    row.updated_at = datetime.now(UTC)
    session.flush()
    return _value(row)


def begin_deletion(session: Session, batch_id: str) -> int:
    """Hide a batch that has ended and return its sequence; `delete_some` then deletes it. Begun again, it goes on.

    Raises NotFound, and Conflict while its file arrives or jobs of it run.
    """
    row = session.scalar(select(BatchRow).where(BatchRow.id == batch_id).with_for_update())
    if row is None:
        raise NotFound(f"there is no batch {batch_id!r}")
    if row.state in (BatchState.RECEIVING.value, BatchState.RUNNING.value) or row.started:
        raise Conflict(f"the batch {batch_id} has not ended; cancel it, or wait until it ends")
    row.state = _DELETING
    return row.sequence


def discard(session: Session, batch: StoredBatch) -> None:
    """Hide a batch whose file nobody will complete, whose lines `delete_some` then deletes."""
    session.execute(update(BatchRow).where(BatchRow.sequence == batch.sequence).values(state=_DELETING))


def delete_some(session: Session, sequence: int) -> bool:
    """Delete some more lines of a hidden batch, at last the batch; whether something is left.

    Nothing is deleted once the batch is gone: SQLite may have given its sequence to a new one.
    """
    hidden = BatchRow.sequence == sequence, BatchRow.state == _DELETING
    if session.scalar(select(BatchRow.sequence).where(*hidden).with_for_update()) is None:
        return False
    ours = BatchLineRow.batch == sequence
    some = select(BatchLineRow.line).where(ours).order_by(BatchLineRow.line).limit(_LINES_AT_ONCE).subquery()
    last = session.scalar(select(func.max(some.c.line)))
    if last is None:
        session.execute(delete(BatchRow).where(*hidden))
        return False
    session.execute(delete(BatchLineRow).where(ours, BatchLineRow.line <= last))
    return True


_IS_SHOWN = BatchRow.state != _DELETING
_IS_OPEN = or_(
    BatchRow.state == BatchState.RUNNING.value, (BatchRow.state == BatchState.CANCELLED.value) & (BatchRow.started > 0)
)


def _ended(batch: StoredBatch) -> EventType | None:
    """The event of its end; None while something of it may change."""
    if batch.state is BatchState.CANCELLED and not batch.started:
        return EventType.BATCH_CANCELLED
    return EventType.BATCH_FINISHED if batch.state is BatchState.COMPLETED else None


def _found(row: BatchRow | None, batch_id: str) -> StoredBatch:
    if row is None:
        raise NotFound(f"there is no batch {batch_id!r}")
    return _value(row)


def _value(row: BatchRow) -> StoredBatch:
    values = {name: getattr(row, name) for name in _FIELDS}
    return StoredBatch(**{**values, "state": BatchState(row.state)})
