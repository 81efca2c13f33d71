"""The tables of SQLite and PostgreSQL; one row type each, without behaviour."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

Sequence = BigInteger().with_variant(Integer(), "sqlite")  # SQLite autoincrements only INTEGER


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored and read as UTC, also where the database drops the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(DeclarativeBase):
    """The base of all tables."""

    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}


class AssetRow(Row):
    """One stored image; the object store has its bytes under the same id.

    `lightness` is the mean of its pixels' luma, 0..100; null where an earlier version or a service made the image.
    """

    __tablename__ = "assets"

    id: Mapped[str] = mapped_column(String(71), primary_key=True)
    width: Mapped[int]
    height: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(32))
    size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    lightness: Mapped[float | None]


class DonorRow(Row):
    """One object of the library; `document` is all of it, the columns repeat what queries filter by.

    `label` and `category` are keys (`imgdiff.objects.labels`).
    """

    __tablename__ = "donors"
    __table_args__ = (
        Index("ix_donors_label", "label", "id"),
        Index("ix_donors_category", "category", "id"),
        Index("ix_donors_source", "source", "sequence"),
    )

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    asset: Mapped[str] = mapped_column(ForeignKey("assets.id"))
    label: Mapped[str] = mapped_column(String(200))
    category: Mapped[str | None] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(500))
    reference: Mapped[str | None] = mapped_column(String(200))
    licence: Mapped[str] = mapped_column(String(200))
    pixels: Mapped[int]
    share: Mapped[float]
    cut_off: Mapped[bool]
    occluded: Mapped[bool | None]
    outlined: Mapped[bool]
    document: Mapped[dict[str, Any]]


class DatasetRow(Row):
    """A named collection of records."""

    __tablename__ = "datasets"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    description: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]


class JobRow(Row):
    """One job; `request` is the settled request: options, synthesis fields, asset ids."""

    __tablename__ = "jobs"

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), index=True)
    dataset: Mapped[str] = mapped_column(ForeignKey("datasets.name"))
    request: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None] = mapped_column(index=True)
    error: Mapped[dict[str, Any] | None]


class PairRow(Row):
    """One pair of a job: uploaded with the request, or made by editing.

    `round` counts the rejected rounds of an edited pair; `tries` holds the stage, reasons and edit of each.
    """

    __tablename__ = "pairs"
    __table_args__ = (UniqueConstraint("job_id", "pair"),)

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    pair: Mapped[int]
    image1: Mapped[str | None] = mapped_column(ForeignKey("assets.id"))
    image2: Mapped[str | None] = mapped_column(ForeignKey("assets.id"))
    caption1: Mapped[str | None] = mapped_column(Text)
    caption2: Mapped[str | None] = mapped_column(Text)
    edit: Mapped[dict[str, Any] | None]
    reasons: Mapped[list[Any] | None]
    round: Mapped[int] = mapped_column(default=0, server_default="0")
    tries: Mapped[list[Any] | None]


class StageRow(Row):
    """One stage of one pair in one round.

    `token` is new for every attempt; only its holder may write the result. A running row whose `lease_until` has
    passed has lost its worker. A queued row without `enqueued_at` is put on its queue at `due_at`. `deferrals` counts
    how often the service was unavailable.
    """

    __tablename__ = "stages"
    __table_args__ = (
        UniqueConstraint("job_id", "pair", "name", "round", name="stages_job_id_pair_name_round_key"),
        Index("ix_stages_state", "state", "enqueued_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    pair: Mapped[int]
    name: Mapped[str] = mapped_column(String(16))
    round: Mapped[int] = mapped_column(default=0, server_default="0")
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    deferrals: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    token: Mapped[str | None] = mapped_column(String(32))
    enqueued_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    seconds: Mapped[float | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]


class RecordRow(Row):
    """One finished record; `document` is all of it, the columns repeat what queries filter by."""

    __tablename__ = "records"
    __table_args__ = (UniqueConstraint("job_id", "pair"), Index("ix_records_dataset", "dataset", "sequence"))

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    pair: Mapped[int]
    dataset: Mapped[str] = mapped_column(ForeignKey("datasets.name"))
    verdict: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    document: Mapped[dict[str, Any]]


class EventRow(Row):
    """Something that happened to a job; `sequence` is the SSE event id."""

    __tablename__ = "events"

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    type: Mapped[str] = mapped_column(String(16))
    document: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class IdempotencyRow(Row):
    """The first request with a key, and its answer as soon as there is one."""

    __tablename__ = "idempotency"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    route: Mapped[str] = mapped_column(String(128), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    answer: Mapped[dict[str, Any] | None]
    headers: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
