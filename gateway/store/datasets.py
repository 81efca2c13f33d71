"""Rows of datasets, found by their keys (`gateway.store.tenants`); the counts of their records are in the row."""

from datetime import UTC, datetime

from sqlalchemy import bindparam, select

from gateway.store.database import Session
from gateway.store.execution import execute, table_of
from gateway.store.insertion import insert_new
from gateway.store.tables import DatasetRow
from gateway.store.tenants import dataset_key, dataset_name, place_after, tenant_of
from imgdiff.datasets import Dataset, DatasetChange, NewDataset
from imgdiff.errors import Conflict, NotFound
from imgdiff.requests.names import DEFAULT_TENANT

_DATASETS = table_of(DatasetRow)
_THIS = _DATASETS.c.name == bindparam("this")
_ENSURE = select(_DATASETS.c.deleting).where(_THIS).with_for_update(read=True, key_share=True)


def ensure(session: Session, key: str) -> None:
    """Create a dataset unless it exists; a job may name a new one. It cannot be deleted before the transaction ends.

    Raises Conflict while it is deleted.
    """
    deleting = execute(session, _ENSURE, {"this": key}).scalar_one_or_none()
    if deleting is None:
        owned = {"name": key, "tenant": tenant_of(key)}
        insert_new(session, DatasetRow, {**owned, "description": "", "created_at": datetime.now(UTC)})
    elif deleting:
        raise _deleting(dataset_name(key))


def create(session: Session, new: NewDataset, tenant: str = DEFAULT_TENANT) -> Dataset:
    """Create an empty dataset; raises Conflict when the tenant has one of this name."""
    now = datetime.now(UTC)
    owned = {"name": dataset_key(tenant, new.name), "tenant": tenant}
    if not insert_new(session, DatasetRow, {**new.model_dump(mode="json"), **owned, "created_at": now}):
        raise Conflict(f"there is already a dataset {new.name!r}")
    return Dataset(name=new.name, description=new.description, tags=new.tags, created_at=now, records=0)


def change(session: Session, key: str, wanted: DatasetChange) -> Dataset:
    """Change what describes a dataset; what is null stays. Raises NotFound."""
    row = _existing(session, key)
    row.description = row.description if wanted.description is None else wanted.description
    row.tags = row.tags if wanted.tags is None else list(wanted.tags)
    return _describe(row)


def describe(session: Session, key: str) -> Dataset:
    """One dataset with its counts; raises NotFound."""
    return _describe(_existing(session, key))


def require(session: Session, key: str) -> None:
    """Raise NotFound unless there is such a dataset."""
    _existing(session, key)


def after(session: Session, name: str, limit: int, tenant: str = DEFAULT_TENANT) -> list[Dataset]:
    """Up to `limit` datasets of a tenant whose names follow `name`, in order."""
    following = (DatasetRow.tenant == tenant, DatasetRow.name > place_after(tenant, name))
    statement = select(DatasetRow).where(*following, DatasetRow.deleting.is_(False))
    return [_describe(row) for row in session.scalars(statement.order_by(DatasetRow.name).limit(limit))]


def _existing(session: Session, key: str) -> DatasetRow:
    row = session.get(DatasetRow, key)
    if row is None or row.deleting:
        raise NotFound(f"there is no dataset {dataset_name(key)!r}")
    return row


def _describe(row: DatasetRow) -> Dataset:
    verdicts = {verdict: count for verdict, count in sorted(row.verdicts.items()) if count}
    return Dataset(
        name=dataset_name(row.name),
        description=row.description,
        tags=tuple(row.tags),
        created_at=row.created_at,
        records=sum(verdicts.values()),
        verdicts=verdicts,
    )


def _deleting(name: str) -> Conflict:
    return Conflict(f"the dataset {name!r} is being deleted; wait, or delete it again if that was interrupted")
