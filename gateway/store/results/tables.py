"""The tables of results that may be used again, and of how often they were."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables import Row


class EntryRow(Row):
    """The stage whose result answers a request; the result itself is in the stage's row, and goes with it.

    `used_at` is when it was last used, to the minute.
    """

    __tablename__ = "results"
    __table_args__ = (Index("ix_results_used", "used_at"),)

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    stage: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime]


class LookUpRow(Row):
    """How the requests of a tenant's stages of one name were answered, and how many of its entries went for others."""

    __tablename__ = "result_counts"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    hits: Mapped[int] = mapped_column(BigInteger, server_default="0")
    misses: Mapped[int] = mapped_column(BigInteger, server_default="0")
    bypassed: Mapped[int] = mapped_column(BigInteger, server_default="0")
    evicted: Mapped[int] = mapped_column(BigInteger, server_default="0")
