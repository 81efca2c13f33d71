"""The tables of SQLite and PostgreSQL; one row type each, without behaviour."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql import ColumnElement, cast, false, select, text
from sqlalchemy.types import TypeDecorator

KEY_LENGTH = 129  # characters of a dataset's key: two names of 64 and a slash (`gateway.store.tenants`)
Sequence = BigInteger().with_variant(Integer(), "sqlite")  # SQLite autoincrements only INTEGER


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored and read as UTC, also where the database drops the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


class JsonText(TypeDecorator[str]):
    """A JSON document as its text, which nothing parses on its way into the database or out of it."""

    impl = JSON
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        """The text goes as it is."""

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """The text comes as it is."""

    def column_expression(self, column: ColumnElement[str]) -> ColumnElement[str]:
        """As text, since the driver of PostgreSQL parses JSON."""
        return cast(column, Text)


class Row(DeclarativeBase):
    """The base of all tables."""

    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}


def _index(name: str, condition: str, *columns: str) -> Index:
    """An index over the rows for which a condition holds."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


class AssetRow(Row):
    """One stored image; the object store has its bytes under the same id.

    `owner` is the tenant that sent or made it first; others who did have a grant.
    `lightness` is the mean of its pixels' luma, 0..100; null where an earlier version or a service made the image.
    `used_at` is when its owner last sent or named it; null where that was when it was first stored.
    `fingerprint` tells which scene it shows (`gateway.store.scenes`); null where an earlier version
    stored the image and the backfill (`gateway.scenes`) has not come to it.
    """

    __tablename__ = "assets"
    __table_args__ = (Index("ix_assets_owner", "owner", "id"),)

    id: Mapped[str] = mapped_column(String(71), primary_key=True)
    width: Mapped[int]
    height: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(32))
    size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    lightness: Mapped[float | None]
    used_at: Mapped[datetime | None]
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(64), server_default="default")


class GrantRow(Row):
    """A tenant who holds an image that another one owns: both sent the same pixels, which are stored once.

    `created_at` and `used_at` are this tenant's, as those in the image's row are its owner's.
    """

    __tablename__ = "grants"
    __table_args__ = (Index("ix_grants_asset", "asset"),)

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    asset: Mapped[str] = mapped_column(ForeignKey("assets.id"), primary_key=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


class DatasetRow(Row):
    """A dataset, with counts that change in the transaction that adds or deletes a record; `name` is its key.

    Whoever adds or deletes one holds the lock on this row. So once it is held, no record with a lower sequence than
    the newest one can still appear. `verdicts` counts the records by verdict, `image_bytes` is the size of their
    images, `deleted` is how many records were ever deleted; `deleting` hides a dataset until all of it is gone.
    """

    __tablename__ = "datasets"
    __table_args__ = (Index("ix_datasets_tenant", "tenant", "name"),)

    name: Mapped[str] = mapped_column(String(KEY_LENGTH), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64), server_default="default")
    description: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    tags: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    verdicts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    image_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    deleted: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    deleting: Mapped[bool] = mapped_column(default=False, server_default=false())


class JobRow(Row):
    """One job; `request` is settled: options, fields, asset ids; `account` that of a key to whose quota it counts.

    Its stages wait in the lane `lane`, and each costs its tenant `cost`. If it has not begun by `start_by`, it expires.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state", "state", "sequence"),
        Index("ix_jobs_dataset", "dataset", "sequence"),
        Index("ix_jobs_finished", "kind", "state", "finished_at"),
        Index("ix_jobs_tenant", "tenant", "sequence"),
        Index("ix_jobs_tenant_state", "tenant", "state", "sequence"),
        _index("ix_jobs_queued", "state = 'queued'", "lane", "tenant", "sequence", "pairs"),
        _index("ix_jobs_start_by", "start_by IS NOT NULL", "start_by"),
        _index("ix_jobs_ended", "finished_at IS NOT NULL", "finished_at"),
        _index("ix_jobs_tenant_ended", "finished_at IS NOT NULL", "tenant", "finished_at"),
    )

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    dataset: Mapped[str] = mapped_column(ForeignKey("datasets.name"))
    tenant: Mapped[str] = mapped_column(String(64), server_default="default")
    account: Mapped[str | None] = mapped_column(String(64))
    lane: Mapped[int] = mapped_column(default=0, server_default="0")
    cost: Mapped[int] = mapped_column(default=1, server_default="1")
    pairs: Mapped[int] = mapped_column(default=1, server_default="1")
    request: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None] = mapped_column(index=True)
    start_by: Mapped[datetime | None]
    error: Mapped[dict[str, Any] | None]


class PairRow(Row):
    """One pair of a job: uploaded with the request, or made by editing.

    `round` counts the rejected rounds of an edited pair; `tries` holds the stage, reasons and edit of each. `counted`
    tells whether the counters of its dataset include it.
    """

    __tablename__ = "pairs"
    __table_args__ = (
        UniqueConstraint("job_id", "pair"),
        Index("ix_pairs_image1", "image1"),
        Index("ix_pairs_image2", "image2"),
        _index("ix_pairs_uncounted", "NOT counted", "sequence"),
    )

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
    counted: Mapped[bool] = mapped_column(default=False, server_default=false())


UNCOUNTED = text("NOT pairs.counted")  # by the counters of their dataset, as the index has it
dataset_of_pair = select(JobRow.dataset).where(JobRow.id == PairRow.job_id).scalar_subquery()
"""To find few pairs by it: in a join SQLite, which has no statistics, begins with all jobs or records of a dataset."""


WAITS = "state = 'queued' AND enqueued_at IS NOT NULL AND suspected_at IS NULL"  # stages that a ticket may begin


class StageRow(Row):
    """One stage of one pair in one round.

    `token` is new for every attempt; only its holder may write the result. A running row whose `lease_until` has
    passed has lost its worker. A queued row without `enqueued_at` is put on its queue at `due_at`. `deferrals` counts
    how often the service was unavailable, `deaths` how often it or the worker died during an attempt, `deaths_alone`
    those with nothing else of its name running. Since `suspected_at` it may be what killed them. The result of
    a `cached` one is an earlier stage's; `tenant`, `lane` and `cost` are its job's.
    """

    __tablename__ = "stages"
    __table_args__ = (
        UniqueConstraint("job_id", "pair", "name", "round", name="stages_job_id_pair_name_round_key"),
        Index("ix_stages_state", "state", "enqueued_at"),
        _index("ix_stages_waiting", WAITS, "name", "lane", "tenant", "due_at"),
        _index("ix_stages_suspected", "suspected_at IS NOT NULL", "name"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    pair: Mapped[int]
    name: Mapped[str] = mapped_column(String(16))
    round: Mapped[int] = mapped_column(default=0, server_default="0")
    tenant: Mapped[str] = mapped_column(String(64), default="default", server_default="default")
    lane: Mapped[int] = mapped_column(default=0, server_default="0")
    cost: Mapped[int] = mapped_column(default=1, server_default="1")
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    deferrals: Mapped[int] = mapped_column(default=0)
    deaths: Mapped[int] = mapped_column(default=0, server_default="0")
    deaths_alone: Mapped[int] = mapped_column(default=0, server_default="0")
    suspected_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    token: Mapped[str | None] = mapped_column(String(32))
    enqueued_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    seconds: Mapped[float | None]
    cached: Mapped[bool] = mapped_column(default=False, server_default=false())
    result: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]


REVIEWED = "review <> 'unreviewed'"  # as the index of the few records that are has it


class RecordRow(Row):
    """One finished record; `document` is all of it, the columns repeat what queries filter by.

    `shape` tells which fields its document has (`imgdiff.frozen.shape_of`); null where an earlier version wrote it.
    `changes` tell whether another record repeats it (`gateway.store.scenes`); null where an earlier version made it.
    `doubt` orders by confidence, which may be null; `reasons` and `words` are what searches look at; `reviewed` is the
    `Review` of a record that somebody reviewed, and `review` its state.
    """

    __tablename__ = "records"
    __table_args__ = (
        UniqueConstraint("job_id", "pair"),
        Index("ix_records_dataset", "dataset", "sequence"),
        Index("ix_records_verdict", "dataset", "verdict", "sequence"),
        Index("ix_records_scene", "scene", "dataset", "sequence"),
        Index("ix_records_doubt", "dataset", "review", "doubt", "sequence"),
        _index("ix_records_reviewed", REVIEWED, "dataset", "review", "sequence"),
    )

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    pair: Mapped[int]
    dataset: Mapped[str] = mapped_column(ForeignKey("datasets.name"))
    scene: Mapped[str | None] = mapped_column(String(71))
    verdict: Mapped[str] = mapped_column(String(16))
    confidence: Mapped[float | None]
    similarity: Mapped[float | None]
    created_at: Mapped[datetime]
    changes: Mapped[dict[str, Any] | None]
    shape: Mapped[str | None] = mapped_column(String(16))
    document: Mapped[str] = mapped_column(JsonText)
    doubt: Mapped[float] = mapped_column(server_default="-1")
    reasons: Mapped[str] = mapped_column(Text, server_default="")
    words: Mapped[str] = mapped_column(Text, server_default="")
    review: Mapped[str] = mapped_column(String(16), server_default="unreviewed")
    reviewed: Mapped[str | None] = mapped_column(JsonText)


class RegionRow(Row):
    """A change and a label of the kept regions of a record, once each; `sequence` is the record's.

    `label` is a key (`imgdiff.objects.labels`), or empty where neither image has a label.
    """

    __tablename__ = "regions"
    __table_args__ = (
        Index("ix_regions_change", "dataset", "change", "sequence"),
        Index("ix_regions_label", "dataset", "label", "sequence", "change"),
    )

    sequence: Mapped[int] = mapped_column(ForeignKey("records.sequence"), primary_key=True, autoincrement=False)
    change: Mapped[str] = mapped_column(String(16), primary_key=True)
    label: Mapped[str] = mapped_column(String(200), primary_key=True)
    dataset: Mapped[str] = mapped_column(String(KEY_LENGTH))
