"""Counts of how requests of stages were answered, added up over all workers."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from sqlalchemy import select, update

from gateway.store.database import Session
from gateway.store.insertion import insert_new
from gateway.store.results.tables import LookUpRow
from imgdiff.jobs import StageName

Key = tuple[StageName, str]
"""A stage's name and a tenant."""


@dataclass(frozen=True)
class Usage:
    """Requests that were answered from an earlier result, that found none, and for which none was looked for.

    `evicted` are entries that went for newer ones.
    """

    hits: int = 0
    misses: int = 0
    bypassed: int = 0
    evicted: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def add(session: Session, counted: Mapping[Key, Usage]) -> None:
    """Add to the counts, in one order, against deadlocks."""
    for (name, tenant), usage in sorted(counted.items()):
        insert_new(session, LookUpRow, {"name": name.value, "tenant": tenant})
        here = (LookUpRow.name == name.value, LookUpRow.tenant == tenant)
        more = {column: getattr(LookUpRow, column) + number for column, number in vars(usage).items()}
        session.execute(update(LookUpRow).where(*here).values(**more))


def read(session: Session) -> dict[Key, Usage]:
    """The counts of every name and tenant."""
    rows = session.scalars(select(LookUpRow))
    return {(StageName(row.name), row.tenant): Usage(row.hits, row.misses, row.bypassed, row.evicted) for row in rows}
