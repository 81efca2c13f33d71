"""Rows of rings. A ring is locked before any job, and a job that is locked is never waited for meanwhile."""

from dataclasses import dataclass, field

from sqlalchemy import bindparam, select, update

from gateway.store.database import Session
from gateway.store.execution import execute, table_of
from gateway.store.insertion import insert_new
from gateway.store.order.tables import RingRow
from imgdiff.jobs import StageName

Ring = tuple[tuple[str, int], ...]
"""Tenants and their deficits, in the order of their turns; the one that was served last is at the end."""

_RINGS = table_of(RingRow)
_LOCK = select(_RINGS.c.passed, _RINGS.c.turns).where(_RINGS.c.name == bindparam("this")).with_for_update()
_SAVE = (
    update(_RINGS)
    .where(_RINGS.c.name == bindparam("this"))
    .values(passed=bindparam("new_passed"), turns=bindparam("new_turns"))
)


@dataclass(frozen=True)
class Rings:
    """The rings of one stage name by lane, as `RingRow` explains."""

    passed: int = 0
    turns: dict[int, Ring] = field(default_factory=dict)


def lock(session: Session, name: StageName) -> Rings:
    """The rings of a name, locked until the end of the transaction."""
    row = execute(session, _LOCK, {"this": name.value}).one_or_none()
    if row is None:
        insert_new(session, RingRow, {"name": name.value, "passed": 0, "turns": {}})
        row = execute(session, _LOCK, {"this": name.value}).one()
    turns = {int(lane): tuple((tenant, deficit) for tenant, deficit in ring) for lane, ring in row.turns.items()}
    return Rings(row.passed, turns)


def save(session: Session, name: StageName, rings: Rings) -> None:
    """Write locked rings back."""
    turns = {str(lane): ring for lane, ring in rings.turns.items()}
    execute(session, _SAVE, {"this": name.value, "new_passed": rings.passed, "new_turns": turns})
