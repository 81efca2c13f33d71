"""Quotas that differ from the settings, and the bytes that were sent in a day, by account.

An account is a tenant's, named as the tenant, or that of a key which has a quota of its own. No tenant has a colon.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select, update

from gateway.store.access.tables import QuotaRow, UsageRow
from gateway.store.database import Session
from gateway.store.insertion import insert_new

_KEPT = timedelta(days=2)  # for which a day's bytes are kept; a clock that is behind may still add to yesterday
_KEY = "key:"


@dataclass(frozen=True)
class Quota:
    """What one account may use; null is no limit, and in a quota of its own whatever holds without it."""

    requests_per_minute: int | None = None
    upload_bytes_per_day: int | None = None
    unfinished_jobs: int | None = None


def account_of(key: str) -> str:
    """The account of a key with this id."""
    return f"{_KEY}{key}"


def key_of(account: str) -> str | None:
    """The id of the key whose account it is; None for a tenant's."""
    return account.removeprefix(_KEY) if account.startswith(_KEY) else None


def name_of(account: str) -> str:
    """Whose account it is, for a sentence."""
    key = key_of(account)
    return f"the tenant {account!r}" if key is None else f"the key {key!r}"


def read_all(session: Session) -> dict[str, Quota]:
    """The quotas that accounts have of their own."""
    return {row.account: _read(row) for row in session.scalars(select(QuotaRow))}


def change(session: Session, account: str, quota: Quota) -> None:
    """Give an account quotas of its own instead of those that it had."""
    session.merge(QuotaRow(account=account, **vars(quota)))


def add_bytes(session: Session, day: date, sent: Mapping[str, int]) -> None:
    """Add the bytes that were sent on a day, by account."""
    for account, size in sorted(sent.items()):
        insert_new(session, UsageRow, {"account": account, "day": day, "bytes": 0})
        here = (UsageRow.account == account, UsageRow.day == day)
        session.execute(update(UsageRow).where(*here).values(bytes=UsageRow.bytes + size))
    session.execute(delete(UsageRow).where(UsageRow.day < day - _KEPT))


def read_bytes(session: Session, day: date) -> dict[str, int]:
    """The bytes that were sent on a day, by account, over all processes."""
    return {row.account: row.bytes for row in session.scalars(select(UsageRow).where(UsageRow.day == day))}


def _read(row: QuotaRow) -> Quota:
    return Quota(row.requests_per_minute, row.upload_bytes_per_day, row.unfinished_jobs)
