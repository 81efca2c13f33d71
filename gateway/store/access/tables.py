"""The tables of API keys, of the quotas of tenants and keys, and of what they have used."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables import Row


class KeyRow(Row):
    """One API key; `hash` is the SHA-256 of its secret, which is stored nowhere.

    A row stays after its key was revoked, so that a gateway whose keys are all revoked is not open. `used_at` is when
    it was last used, to the hour.
    """

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64))
    tenant: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class QuotaRow(Row):
    """What one account may use, where it differs from its tenant's or the settings; null leaves that of those."""

    __tablename__ = "quotas"

    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    requests_per_minute: Mapped[int | None]
    upload_bytes_per_day: Mapped[int | None] = mapped_column(BigInteger)
    unfinished_jobs: Mapped[int | None]


class UsageRow(Row):
    """Bytes of bodies that were counted to one account on one day, UTC."""

    __tablename__ = "usage"

    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
