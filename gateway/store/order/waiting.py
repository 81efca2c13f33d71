"""Which stages wait for a ticket: they are queued, their messages are out, and they are no suspects.

The tenants that wait are found by jumps over an index, one for each tenant, however many stages each has.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, text, update

from gateway.store.database import Session
from gateway.store.execution import execute, table_of
from gateway.store.isolation.tables import QuarantineRow
from gateway.store.tables import WAITS, StageRow
from gateway.store.values import Stage
from imgdiff.jobs import StageName, StageState

_STAGES, _QUARANTINES = table_of(StageRow), table_of(QuarantineRow)
_OF_NAME = f"FROM stages WHERE {WAITS} AND name = :name"
_IN_LANE = f"{_OF_NAME} AND stages.lane = tenants.lane"
HEADS = f"""
WITH RECURSIVE tenants (lane, tenant) AS (
  SELECT lanes.lane, (SELECT min(tenant) {_OF_NAME} AND stages.lane = lanes.lane)
  FROM (SELECT 0 AS lane UNION ALL SELECT 1 AS lane) AS lanes
  UNION ALL
  SELECT lane, (SELECT min(stages.tenant) {_IN_LANE} AND stages.tenant > tenants.tenant)
  FROM tenants WHERE tenant IS NOT NULL
)
SELECT tenants.lane, tenants.tenant, oldest.id, oldest.job_id, oldest.cost
FROM tenants CROSS JOIN stages AS oldest
WHERE oldest.id = (SELECT id {_IN_LANE} AND stages.tenant = tenants.tenant ORDER BY due_at LIMIT 1)
ORDER BY tenants.lane, tenants.tenant
"""  # noqa: S608  constants
_WAITS = text(WAITS)
_FOUND = tuple(_STAGES.c[name] for name in ("lane", "tenant", "id", "job_id", "cost"))
_HEADS = text(HEADS).columns(*_FOUND)
_NAME = _STAGES.c.name == bindparam("name")
_THIS = _STAGES.c.id == bindparam("this")
_OLDEST = (
    select(*_FOUND)
    .where(_WAITS, _NAME, _STAGES.c.lane == bindparam("lane"), _STAGES.c.tenant == bindparam("tenant"))
    .order_by(_STAGES.c.due_at)
    .limit(bindparam("most"))
)
_STILL_WAITS = select(*(_STAGES.c[name] for name in Stage.model_fields)).where(_THIS, _WAITS)
_HOLDER = select(_QUARANTINES.c.holder).where(_QUARANTINES.c.name == _STAGES.c.name).scalar_subquery()
_IS_BOUND = select(_STAGES.c.id).where(
    _THIS,
    _STAGES.c.state == StageState.QUEUED.value,
    or_(and_(_STAGES.c.suspected_at.is_not(None), _STAGES.c.enqueued_at.is_not(None)), _STAGES.c.id == _HOLDER),
)


@dataclass(frozen=True)
class Candidate:
    """A stage that may be begun next."""

    lane: int
    tenant: str
    stage_id: str
    job_id: str
    cost: int


def is_bound(session: Session, stage_id: str) -> bool:
    """Whether a ticket is for its own stage alone: a suspect that is on its queue, or the holder of its quarantine."""
    return execute(session, _IS_BOUND, {"this": stage_id}).first() is not None


def heads(session: Session, name: StageName) -> list[Candidate]:
    """The oldest stage of each tenant that waits, by lane and tenant."""
    return [Candidate(*row) for row in execute(session, _HEADS, {"name": name.value})]


def oldest(session: Session, name: StageName, head: Candidate, most: int) -> list[Candidate]:
    """Up to `most` stages of the same lane and tenant as another, oldest first."""
    values = {"name": name.value, "lane": head.lane, "tenant": head.tenant, "most": most}
    return [Candidate(*row) for row in execute(session, _OLDEST, values)]


def find(session: Session, stage_id: str) -> Stage | None:
    """A stage that still waits; None for another."""
    row = execute(session, _STILL_WAITS, {"this": stage_id}).one_or_none()
    return None if row is None else Stage.model_validate(row, from_attributes=True)


def count_since(session: Session, name: StageName, cutoff: datetime) -> int:
    """How many queued stages of a name, suspects among them, have been on its queue since before `cutoff`."""
    return session.scalar(select(func.count()).where(*_on_queue(name, cutoff))) or 0


def count_begun(session: Session, since: datetime) -> int:
    """How many running stages were begun by a ticket since then."""
    running = (StageRow.state == StageState.RUNNING.value, StageRow.enqueued_at.is_not(None))
    return session.scalar(select(func.count()).where(*running, StageRow.started_at >= since)) or 0


def take_off(session: Session, name: StageName, cutoff: datetime, most: int) -> int:
    """Mark up to `most` of these, those that are there for longest, as on no queue; returns how many."""
    first = select(StageRow.id).where(*_on_queue(name, cutoff)).order_by(StageRow.enqueued_at).limit(most)
    ids = session.scalars(first.with_for_update(skip_locked=True)).all()  # never waits while it holds a stage
    session.execute(update(StageRow).where(StageRow.id.in_(ids)).values(enqueued_at=None))
    return len(ids)


def _on_queue(name: StageName, cutoff: datetime) -> tuple[ColumnElement[bool], ...]:
    return StageRow.state == StageState.QUEUED.value, StageRow.name == name.value, StageRow.enqueued_at < cutoff
