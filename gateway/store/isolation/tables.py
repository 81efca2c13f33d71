"""The tables of quarantines and of dead letters."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables import Row, Sequence


class QuarantineRow(Row):
    """The quarantine of one stage name: who starts a stage of that name shares this row's lock, who shuts it has it.

    `holder` is the stage for which it is shut, `shut_at` since when. The next suspect waits for `next_at` while others
    want to start. `unexplained` are fingerprints of the stages that died alone since one last succeeded, and `probes`
    how many ran since two of them differed. `deaths` counts the attempts that a death has ended.
    """

    __tablename__ = "quarantines"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(40))
    shut_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    unexplained: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    probes: Mapped[int] = mapped_column(default=0, server_default="0")
    deaths: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class DeadLetterRow(Row):
    """A stage that was given up; `replayed_as` is the last job that was made of its request again."""

    __tablename__ = "dead_letters"
    __table_args__ = (Index("ix_dead_letters_tenant", "tenant", "sequence"), Index("ix_dead_letters_job", "job"))

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    tenant: Mapped[str] = mapped_column(String(64))
    job: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(32))
    stage: Mapped[str] = mapped_column(String(16))
    pair: Mapped[int]
    attempts: Mapped[int]
    deaths: Mapped[int]
    error: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    replayed_as: Mapped[str | None] = mapped_column(String(40))
    replayed_at: Mapped[datetime | None]
