"""Rows of datasets; the counts of their records are kept in the row."""

from datetime import UTC, datetime

from sqlalchemy import select

from gateway.store.database import Session
from gateway.store.insertion import insert_new
from gateway.store.tables import DatasetRow
from imgdiff.datasets import Dataset, DatasetChange, NewDataset
from imgdiff.errors import Conflict, NotFound


def ensure(session: Session, name: str) -> None:
    """Create a dataset unless it exists; a job may name a new one. It cannot be deleted before the transaction ends.

    Raises Conflict while it is deleted.
    """
    row = session.get(DatasetRow, name, with_for_update={"read": True, "key_share": True}, populate_existing=True)
    if row is None:
        insert_new(session, DatasetRow, {"name": name, "description": "", "created_at": datetime.now(UTC)})
    elif row.deleting:
        raise _deleting(name)


def create(session: Session, new: NewDataset) -> Dataset:
    """Create an empty dataset; raises Conflict when the name is taken."""
    now = datetime.now(UTC)
    if not insert_new(session, DatasetRow, {**new.model_dump(mode="json"), "created_at": now}):
        raise Conflict(f"there is already a dataset {new.name!r}")
    return Dataset(name=new.name, description=new.description, tags=new.tags, created_at=now, records=0)


def change(session: Session, name: str, wanted: DatasetChange) -> Dataset:
    """Change what describes a dataset; what is null stays. Raises NotFound."""
    row = _existing(session, name)
    row.description = row.description if wanted.description is None else wanted.description
    row.tags = row.tags if wanted.tags is None else list(wanted.tags)
    return _describe(row)


def describe(session: Session, name: str) -> Dataset:
    """One dataset with its counts; raises NotFound."""
    return _describe(_existing(session, name))


def require(session: Session, name: str) -> None:
    """Raise NotFound unless there is such a dataset."""
    _existing(session, name)


def after(session: Session, name: str, limit: int) -> list[Dataset]:
    """Up to `limit` datasets whose names follow `name`, in order."""
    statement = select(DatasetRow).where(DatasetRow.name > name, DatasetRow.deleting.is_(False))
    return [_describe(row) for row in session.scalars(statement.order_by(DatasetRow.name).limit(limit))]


def _existing(session: Session, name: str) -> DatasetRow:
    row = session.get(DatasetRow, name)
    if row is None or row.deleting:
        raise NotFound(f"there is no dataset {name!r}")
    return row


def _describe(row: DatasetRow) -> Dataset:
    verdicts = {verdict: count for verdict, count in sorted(row.verdicts.items()) if count}
    return Dataset(
        name=row.name,
        description=row.description,
        tags=tuple(row.tags),
        created_at=row.created_at,
        records=sum(verdicts.values()),
        verdicts=verdicts,
    )


def _deleting(name: str) -> Conflict:
    return Conflict(f"the dataset {name!r} is being deleted; wait, or delete it again if that was interrupted")
