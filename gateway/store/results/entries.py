"""Entries of the cache of results: from the fingerprint of a request to the stage that has its result."""

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Executable, bindparam, delete, func, select, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.database import Session
from gateway.store.execution import execute, table_of
from gateway.store.results.tables import EntryRow
from gateway.store.tables import JsonText, StageRow
from gateway.store.values import Stage
from imgdiff.jobs import StageName, StageState

_COARSE = timedelta(minutes=1)  # between two writes of an entry's last use; chosen, not measured
_ENTRIES, _STAGES = table_of(EntryRow), table_of(StageRow)
_FIND = (
    select(type_coerce(_STAGES.c.result, JsonText))
    .join(_ENTRIES, _ENTRIES.c.stage == _STAGES.c.id)
    .where(_ENTRIES.c.fingerprint == bindparam("this"), _STAGES.c.state == StageState.SUCCEEDED.value)
)
_COLUMNS = ("fingerprint", "stage", "name", "tenant", "used_at")
_RENEWED = ("stage", "used_at")


def find(session: Session, fingerprint: str) -> str | None:
    """The result for a request as JSON text; None where there is none, or its stage was deleted."""
    return execute(session, _FIND, {"this": fingerprint}).scalar()


def put(session: Session, fingerprint: str, stage: Stage, tenant: str) -> None:
    """Let the result of a stage answer this request from now on, instead of an older one."""
    row = (fingerprint, stage.id, stage.name.value, tenant, datetime.now(UTC))
    statement = _put(session.get_bind().dialect.name)
    execute(session, statement, {f"new_{name}": value for name, value in zip(_COLUMNS, row, strict=True)})


def mark_used(session: Session, fingerprints: Collection[str], now: datetime) -> None:
    """Note that these entries were used, at most once a minute each; one that another writes to is left out."""
    stale = select(EntryRow.fingerprint).where(EntryRow.fingerprint.in_(fingerprints), EntryRow.used_at < now - _COARSE)
    chosen = list(session.scalars(stale.with_for_update(skip_locked=True)))
    session.execute(update(EntryRow).where(EntryRow.fingerprint.in_(chosen)).values(used_at=now))


def count(session: Session) -> int:
    """How many entries there are."""
    return session.scalar(select(func.count()).select_from(EntryRow)) or 0


def evict(session: Session, number: int) -> Counter[tuple[StageName, str]]:
    """Delete those that were used least recently; returns how many of each name and tenant."""
    oldest = select(EntryRow.fingerprint).order_by(EntryRow.used_at).limit(number)
    chosen = list(session.scalars(oldest.with_for_update(skip_locked=True)))
    gone = delete(EntryRow).where(EntryRow.fingerprint.in_(chosen))
    rows = session.execute(gone.returning(EntryRow.name, EntryRow.tenant))
    return Counter((StageName(name), tenant) for name, tenant in rows)


@cache
def _put(dialect: str) -> Executable:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _COLUMNS}
    inserted: sqlite.Insert | postgresql.Insert
    match dialect:
        case "sqlite":
            inserted = sqlite.insert(_ENTRIES)
        case "postgresql":
            inserted = postgresql.insert(_ENTRIES)
        case other:
            raise ValueError(f"unknown database {other!r}; known: sqlite, postgresql")
    renewed = {name: inserted.excluded[name] for name in _RENEWED}
    return inserted.values(values).on_conflict_do_update(index_elements=[_ENTRIES.c.fingerprint], set_=renewed)
