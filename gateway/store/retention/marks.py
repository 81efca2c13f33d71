"""Marks of what an export reads, to see whether it is still the same."""

from gateway.store.database import Session
from gateway.store.retention.tables import VersionRow
from gateway.store.tables import DatasetRow
from gateway.store.tenants import dataset_name
from gateway.store.values import Mark
from imgdiff.errors import Conflict, NotFound


def read(session: Session, dataset: str, version: str | None = None) -> Mark:
    """The mark as it is now; raises NotFound."""
    row = session.get(DatasetRow, dataset)
    if row is None or row.deleting:
        raise NotFound(f"there is no dataset {dataset_name(dataset)!r}")
    if version is None:
        return Mark(dataset, row.created_at, deleted=row.deleted)
    frozen = session.get(VersionRow, (dataset, version))
    if frozen is None:
        raise NotFound(f"the dataset {dataset_name(dataset)!r} has no version {version!r}")
    return Mark(dataset, frozen.created_at, version)


def check(session: Session, mark: Mark) -> None:
    """Raise NotFound where the dataset or version is gone, Conflict where it has lost records."""
    if read(session, mark.dataset, mark.version) != mark:
        raise Conflict(
            f"records of {dataset_name(mark.dataset)!r} were deleted since this export began; start it again"
        )
