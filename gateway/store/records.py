"""Rows of finished records."""

from dataclasses import dataclass

from sqlalchemy import Boolean, ColumnElement, select, text, type_coerce

from gateway.store.database import Session
from gateway.store.tables import RecordRow
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


def after(session: Session, condition: RecordFilter, sequence: int, limit: int) -> list[tuple[int, Record]]:
    """Up to `limit` records after `sequence`, oldest first, each with its sequence."""
    statement = select(RecordRow).where(RecordRow.sequence > sequence, *_conditions(session, condition))
    rows = session.scalars(statement.order_by(RecordRow.sequence).limit(limit))
    return [(row.sequence, Record.model_validate(row.document)) for row in rows]


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
