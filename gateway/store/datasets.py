"""Rows of datasets, with the counts of their records."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import func, select

from gateway.store.database import Session
from gateway.store.insertion import insert_new
from gateway.store.tables import DatasetRow, RecordRow
from imgdiff.datasets import Dataset, NewDataset
from imgdiff.errors import Conflict, NotFound


def ensure(session: Session, name: str) -> None:
    """Create a dataset unless it exists; a job may name a new one."""
    if session.get(DatasetRow, name) is None:
        insert_new(session, DatasetRow, {"name": name, "description": "", "created_at": datetime.now(UTC)})


def create(session: Session, new: NewDataset) -> Dataset:
    """Create an empty dataset; raises Conflict when the name is taken."""
    now = datetime.now(UTC)
    if not insert_new(session, DatasetRow, {**new.model_dump(), "created_at": now}):
        raise Conflict(f"there is already a dataset {new.name!r}")
    return Dataset(name=new.name, description=new.description, created_at=now, records=0)


def describe(session: Session, name: str) -> Dataset:
    """One dataset with its counts; raises NotFound."""
    return _describe(session, [_existing(session, name)])[0]


def require(session: Session, name: str) -> None:
    """Raise NotFound unless there is such a dataset."""
    _existing(session, name)


def after(session: Session, name: str, limit: int) -> list[Dataset]:
    """Up to `limit` datasets whose names follow `name`, in order."""
    statement = select(DatasetRow).where(DatasetRow.name > name).order_by(DatasetRow.name).limit(limit)
    return _describe(session, session.scalars(statement).all())


def _existing(session: Session, name: str) -> DatasetRow:
    row = session.get(DatasetRow, name)
    if row is None:
        raise NotFound(f"there is no dataset {name!r}")
    return row


def _describe(session: Session, rows: Iterable[DatasetRow]) -> list[Dataset]:
    chosen = list(rows)
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    grouped = select(RecordRow.dataset, RecordRow.verdict, func.count()).group_by(RecordRow.dataset, RecordRow.verdict)
    for name, verdict, count in session.execute(grouped.where(RecordRow.dataset.in_([row.name for row in chosen]))):
        counts[name][verdict] = count
    return [
        Dataset(
            name=row.name,
            description=row.description,
            created_at=row.created_at,
            records=sum(counts[row.name].values()),
            verdicts=counts[row.name],
        )
        for row in chosen
    ]
