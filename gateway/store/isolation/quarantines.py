"""Rows of quarantines. Locks are taken in this order: a job, the quarantine of a stage name, stages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from gateway.store.database import Session
from gateway.store.execution import execute, table_of
from gateway.store.insertion import insert_new
from gateway.store.isolation.tables import QuarantineRow
from imgdiff.jobs import StageName

_QUARANTINES = table_of(QuarantineRow)
_FIND = select(*_QUARANTINES.c).where(_QUARANTINES.c.name == bindparam("this"))
_SHARE = _FIND.with_for_update(read=True)


@dataclass(frozen=True)
class Quarantine:
    """Which stage of a name runs alone, and what is known of those that died alone, as `QuarantineRow` explains."""

    name: StageName
    holder: str | None = None
    shut_at: datetime | None = None
    next_at: datetime | None = None
    unexplained: tuple[str, ...] = ()
    probes: int = 0
    deaths: int = 0

    @property
    def service_fails(self) -> bool:
        """Whether stages of different inputs died alone in a row: their service is at fault, none of them is."""
        return len(set(self.unexplained)) > 1

    @property
    def shut(self) -> bool:
        """Whether only the holder may start."""
        return self.holder is not None or self.service_fails

    @property
    def idle(self) -> bool:
        """Whether the end of a stage changes nothing here."""
        return self.holder is None and not self.unexplained


def find(session: Session, name: StageName) -> Quarantine:
    """A quarantine as it is now."""
    row = execute(session, _FIND, {"this": name.value}).one_or_none()
    return Quarantine(name) if row is None else _value(row)


def find_all(session: Session) -> list[Quarantine]:
    """Every quarantine as it is now."""
    return [_value(row) for row in session.scalars(select(QuarantineRow))]


def share(session: Session, name: StageName) -> Quarantine:
    """A quarantine that nobody shuts or opens before the end of the transaction."""
    row = execute(session, _SHARE, {"this": name.value}).one_or_none()
    return Quarantine(name) if row is None else _value(row)


def lock(session: Session, name: StageName) -> Quarantine:
    """A quarantine, locked until the end of the transaction: nobody else starts a stage of that name."""
    insert_new(session, QuarantineRow, {"name": name.value, "unexplained": [], "probes": 0, "deaths": 0})
    return _value(session.get_one(QuarantineRow, name.value, with_for_update=True, populate_existing=True))


def save(session: Session, quarantine: Quarantine) -> None:
    """Write a locked quarantine back."""
    row = session.get_one(QuarantineRow, quarantine.name.value)
    row.holder, row.shut_at, row.next_at = quarantine.holder, quarantine.shut_at, quarantine.next_at
    row.unexplained, row.probes, row.deaths = list(quarantine.unexplained), quarantine.probes, quarantine.deaths


def _value(row: QuarantineRow | Row[Any]) -> Quarantine:
    return Quarantine(
        name=StageName(row.name),
        holder=row.holder,
        shut_at=row.shut_at,
        next_at=row.next_at,
        unexplained=tuple(row.unexplained),
        probes=row.probes,
        deaths=row.deaths,
    )
