"""The tables of batches."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables import Row, Sequence


class BatchRow(Row):
    """One batch; whoever changes it or its lines holds the lock on this row, and keeps the counts true.

    `received` counts the bytes and `lines` the lines, blank ones included, that are stored; `digest` is chained over
    these lines. `total` are the requests, `started` those whose job has not ended.
    """

    __tablename__ = "batches"
    __table_args__ = (Index("ix_batches_state", "state", "sequence"), Index("ix_batches_tenant", "tenant", "sequence"))

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    tenant: Mapped[str] = mapped_column(String(64), server_default="default")
    state: Mapped[str] = mapped_column(String(16))
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    lines: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    started: Mapped[int] = mapped_column(default=0)
    succeeded: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class BatchLineRow(Row):
    """One request of a batch; `request` is settled, as that of a job.

    `custom_id` is null for a rejected line, whose id may be taken or missing; `error` has it. `job` outlives its job.
    """

    __tablename__ = "batch_lines"
    __table_args__ = (
        UniqueConstraint("batch", "custom_id", name="batch_lines_batch_custom_id_key"),
        Index("ix_batch_lines_state", "batch", "state", "line"),
    )

    batch: Mapped[int] = mapped_column(ForeignKey("batches.sequence"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(16))
    custom_id: Mapped[str | None] = mapped_column(String(200))
    request: Mapped[dict[str, Any] | None]
    job: Mapped[str | None] = mapped_column(String(40))
    error: Mapped[dict[str, Any] | None]
