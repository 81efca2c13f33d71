"""Rows of finished records."""

from dataclasses import dataclass

from sqlalchemy import Boolean, ColumnElement, func, or_, select, text, type_coerce

from gateway.store.database import Session
from gateway.store.tables import AssetRow, PairRow, RecordRow
from imgdiff.errors import NotFound
from imgdiff.records import Change, Record, Verdict

_HAS_CHANGE = {  # a kept region has this change
    "sqlite": "EXISTS (SELECT 1 FROM json_each(records.document, '$.regions') AS region"
    " WHERE json_extract(region.value, '$.change') = :change AND json_extract(region.value, '$.kept'))",
    "postgresql": "EXISTS (SELECT 1 FROM json_array_elements(records.document -> 'regions') AS region"
    " WHERE region ->> 'change' = :change AND (region ->> 'kept')::boolean)",
}


@dataclass(frozen=True)
class RecordFilter:
    """Conditions on the records of a dataset."""

    dataset: str
    verdict: Verdict | None = None
    change: Change | None = None


def get(session: Session, record_id: str) -> Record:
    """One record; raises NotFound."""
    row = session.scalar(select(RecordRow).where(RecordRow.id == record_id))
    if row is None:
        raise NotFound(f"there is no record {record_id!r}")
    return Record.model_validate(row.document)


def after(
    session: Session, condition: RecordFilter, sequence: int, limit: int, through: int | None = None
) -> list[tuple[int, Record]]:
    """Up to `limit` records after `sequence`, oldest first, each with its sequence; none is later than `through`."""
    statement = select(RecordRow).where(RecordRow.sequence > sequence, *_conditions(session, condition))
    if through is not None:
        statement = statement.where(RecordRow.sequence <= through)
    rows = session.scalars(statement.order_by(RecordRow.sequence).limit(limit))
    return [(row.sequence, Record.model_validate(row.document)) for row in rows]


def newest(session: Session, dataset: str) -> int:
    """The sequence of the dataset's newest record; 0 without one."""
    return session.scalar(select(func.max(RecordRow.sequence)).where(RecordRow.dataset == dataset)) or 0


def image_bytes(session: Session, dataset: str, through: int) -> int:
    """The size of all images of the dataset's records together; images of several records count for each."""
    pairs = select(AssetRow.size).join(PairRow, or_(PairRow.image1 == AssetRow.id, PairRow.image2 == AssetRow.id))
    kept = pairs.join(RecordRow, (RecordRow.job_id == PairRow.job_id) & (RecordRow.pair == PairRow.pair))
    sizes = kept.where(RecordRow.dataset == dataset, RecordRow.sequence <= through).subquery()
    return session.scalar(select(func.coalesce(func.sum(sizes.c.size), 0))) or 0


def add(session: Session, job_id: str, pair: int, record: Record) -> None:
    """Store the record of a pair."""
    session.add(
        RecordRow(
            id=record.id,
            job_id=job_id,
            pair=pair,
            dataset=record.dataset,
            verdict=record.verdict.value,
            created_at=record.created_at,
            document=record.model_dump(mode="json"),
        )
    )


def of_job(session: Session, job_id: str) -> tuple[Record, ...]:
    """The records of a job, in the order of its pairs."""
    rows = session.scalars(select(RecordRow).where(RecordRow.job_id == job_id).order_by(RecordRow.pair))
    return tuple(Record.model_validate(row.document) for row in rows)


def _conditions(session: Session, condition: RecordFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [RecordRow.dataset == condition.dataset]
    if condition.verdict is not None:
        conditions.append(RecordRow.verdict == condition.verdict.value)
    if condition.change is not None:
        has_change = text(_HAS_CHANGE[session.get_bind().dialect.name]).bindparams(change=condition.change.value)
        conditions.append(type_coerce(has_change, Boolean))
    return conditions
