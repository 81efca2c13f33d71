"""Rows of frozen versions: the records that each names can be read again, and cannot be deleted."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from gateway.store import datasets
from gateway.store.database import Session
from gateway.store.insertion import insert_new
from gateway.store.retention import marks
from gateway.store.retention.tables import VersionRow
from gateway.store.reviews import pinned
from gateway.store.tables import DatasetRow, RecordRow
from gateway.store.tenants import dataset_name
from gateway.store.values import Mark
from imgdiff.datasets import Dataset, DatasetVersion, NewVersion, Rejections
from imgdiff.errors import Conflict, NotFound

_AT_ONCE = 10_000  # ids read at a time; chosen, not measured


@dataclass(frozen=True)
class Contents:
    """The dataset as it was when it was frozen, the sequence of its last record, and the size of its images.

    `reviewed` is the sequence of the last event of its reviews.
    `rejections` are of pairs without a record until then; None where an earlier release froze it.
    """

    dataset: Dataset
    through: int
    image_bytes: int
    rejections: Rejections | None
    reviewed: int = 0


class Digest:
    """The digest of a dataset's records, which is made before the dataset is locked, and completed under the lock."""

    def __init__(self, session: Session, dataset: str) -> None:
        self.mark: Mark = marks.read(session, dataset)
        self.through = 0
        self._hash = hashlib.sha256()
        self.extend(session)

    def extend(self, session: Session) -> None:
        """Add the records that came since."""
        found = select(RecordRow.sequence, RecordRow.id).where(
            RecordRow.dataset == self.mark.dataset, RecordRow.sequence > self.through
        )
        ordered = found.order_by(RecordRow.sequence).execution_options(yield_per=_AT_ONCE)
        for self.through, record_id in session.execute(ordered):
            self._hash.update(f"{record_id}\n".encode())

    @property
    def text(self) -> str:
        """The digest so far."""
        return self._hash.hexdigest()


def freeze(
    session: Session, dataset: str, new: NewVersion, digest: Digest, rejections: Rejections | None = None
) -> DatasetVersion:
    """Freeze the records of now. Raises NotFound, and Conflict when the name is taken."""
    row = session.get(DatasetRow, dataset, with_for_update={"key_share": True}, populate_existing=True)
    described = datasets.describe(session, dataset)
    if marks.read(session, dataset) == digest.mark:
        digest.extend(session)
    else:
        digest = Digest(session, dataset)
    version = DatasetVersion(
        dataset=described.name,
        name=new.name,
        description=new.description,
        created_at=datetime.now(UTC),
        records=described.records,
        verdicts=described.verdicts,
        digest=digest.text,
        rejections=rejections,
    )
    values = {
        "dataset": dataset,
        "name": new.name,
        "through": digest.through,
        "reviewed": pinned.newest(session, dataset),
        "image_bytes": 0 if row is None else row.image_bytes,
        "created_at": version.created_at,
        "document": version.model_dump(mode="json"),
        "dataset_document": described.model_dump(mode="json"),
    }
    if not insert_new(session, VersionRow, values):
        raise Conflict(f"the dataset {described.name!r} has a version {new.name!r} already; choose another name")
    return version


def get(session: Session, dataset: str, name: str) -> DatasetVersion:
    """One version; raises NotFound."""
    return DatasetVersion.model_validate(_existing(session, dataset, name).document)


def contents(session: Session, dataset: str, name: str) -> Contents:
    """What a version holds; raises NotFound."""
    row = _existing(session, dataset, name)
    dataset_then, version = Dataset.model_validate(row.dataset_document), DatasetVersion.model_validate(row.document)
    return Contents(dataset_then, row.through, row.image_bytes, version.rejections, row.reviewed)


def after(session: Session, dataset: str, name: str, limit: int) -> list[DatasetVersion]:
    """Up to `limit` versions whose names follow `name`, in order."""
    found = select(VersionRow.document).where(VersionRow.dataset == dataset, VersionRow.name > name)
    return [DatasetVersion.model_validate(one) for one in session.scalars(found.order_by(VersionRow.name).limit(limit))]


def delete(session: Session, dataset: str, name: str) -> None:
    """Delete a version, not its records; raises NotFound."""
    session.delete(_existing(session, dataset, name))


def naming(session: Session, dataset: str, sequence: int, limit: int) -> list[str]:
    """Names of up to `limit` versions that include the record with this sequence."""
    found = select(VersionRow.name).where(VersionRow.dataset == dataset, VersionRow.through >= sequence)
    return list(session.scalars(found.order_by(VersionRow.name).limit(limit)))


def _existing(session: Session, dataset: str, name: str) -> VersionRow:
    datasets.require(session, dataset)
    row = session.get(VersionRow, (dataset, name))
    if row is None:
        raise NotFound(f"the dataset {dataset_name(dataset)!r} has no version {name!r}")
    return row
