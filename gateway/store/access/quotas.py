"""Quotas of tenants that differ from the settings, and the bytes that each has sent in a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select, update

from gateway.store.access.tables import QuotaRow, UsageRow
from gateway.store.database import Session
from gateway.store.insertion import insert_new

_KEPT = timedelta(days=2)  # for which a day's bytes are kept; a clock that is behind may still add to yesterday


@dataclass(frozen=True)
class Quota:
    """What one tenant may use; null is no limit."""

    requests_per_minute: int | None = None
    upload_bytes_per_day: int | None = None
    unfinished_jobs: int | None = None


def read_all(session: Session) -> dict[str, Quota]:
    """The quotas that tenants have of their own; a null in them leaves the setting's."""
    return {row.tenant: _read(row) for row in session.scalars(select(QuotaRow))}


def change(session: Session, tenant: str, quota: Quota) -> None:
    """Give a tenant quotas of its own instead of those that it had."""
    session.merge(QuotaRow(tenant=tenant, **vars(quota)))


def add_bytes(session: Session, day: date, sent: Mapping[str, int]) -> None:
    """Add the bytes that tenants sent on a day."""
    for tenant, size in sorted(sent.items()):
        insert_new(session, UsageRow, {"tenant": tenant, "day": day, "bytes": 0})
        here = (UsageRow.tenant == tenant, UsageRow.day == day)
        session.execute(update(UsageRow).where(*here).values(bytes=UsageRow.bytes + size))
    session.execute(delete(UsageRow).where(UsageRow.day < day - _KEPT))


def read_bytes(session: Session, day: date) -> dict[str, int]:
    """The bytes that each tenant has sent on a day, by all processes."""
    return {row.tenant: row.bytes for row in session.scalars(select(UsageRow).where(UsageRow.day == day))}


def _read(row: QuotaRow) -> Quota:
    return Quota(row.requests_per_minute, row.upload_bytes_per_day, row.unfinished_jobs)
