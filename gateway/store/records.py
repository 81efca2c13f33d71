"""Rows of finished records: added, counted, and read by their ids."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import bindparam, func, insert, select, update

from gateway.store.database import Session
from gateway.store.execution import execute, table_of
from gateway.store.reviews.merging import merge
from gateway.store.reviews.searchable import doubt_of, label_of, reasons_of, words_of
from gateway.store.scenes.changes import PairChanges
from gateway.store.tables import UNCOUNTED, AssetRow, DatasetRow, PairRow, RecordRow, RegionRow, dataset_of_pair
from gateway.store.tenants import dataset_key
from imgdiff.errors import NotFound
from imgdiff.frozen import shape_of
from imgdiff.records import Record, Region
from imgdiff.requests.names import DEFAULT_TENANT

_ASSETS, _DATASETS = table_of(AssetRow), table_of(DatasetRow)
_THIS = _DATASETS.c.name == bindparam("this")
_LOCK_DATASET = select(_DATASETS.c.verdicts).where(_THIS).with_for_update(key_share=True)  # jobs may still be added
_MORE = {name: _DATASETS.c[name] + bindparam(f"more_{name}") for name in ("image_bytes", "deleted")}
_COUNT = update(_DATASETS).where(_THIS).values(verdicts=bindparam("new_verdicts"), **_MORE)
_ADD = insert(table_of(RecordRow)).returning(table_of(RecordRow).c.sequence)
_ADD_REGIONS = insert(table_of(RegionRow))
_SIZE = select(func.sum(_ASSETS.c.size)).where(_ASSETS.c.id.in_(bindparam("images", expanding=True)))


def get(session: Session, record_id: str) -> Record:
    """One record with its review; raises NotFound."""
    row = session.execute(select(RecordRow.document, RecordRow.reviewed).where(RecordRow.id == record_id)).first()
    if row is None:
        raise NotFound(f"there is no record {record_id!r}")
    return Record.model_validate_json(merge(row.document, row.reviewed))


def place(session: Session, record_id: str) -> tuple[str, int] | None:
    """Job and number of the pair of a record; None where there is no such record."""
    found = session.execute(select(RecordRow.job_id, RecordRow.pair).where(RecordRow.id == record_id)).one_or_none()
    return None if found is None else (found.job_id, found.pair)


def uncounted(session: Session, dataset: str) -> Iterable[str]:
    """The records as JSON texts that the counters of their dataset do not include."""
    of_pair = (RecordRow.job_id == PairRow.job_id) & (RecordRow.pair == PairRow.pair)
    found = select(RecordRow.document).join(PairRow, of_pair).where(UNCOUNTED, dataset_of_pair == dataset)
    return session.scalars(found.execution_options(yield_per=200))


def of_pairs(session: Session, pairs: Collection[int]) -> Sequence[tuple[str, str]]:
    """Dataset and JSON text of the record of each of these pairs that has one."""
    of_pair = (RecordRow.job_id == PairRow.job_id) & (RecordRow.pair == PairRow.pair)
    found = select(RecordRow.dataset, RecordRow.document).join(PairRow, of_pair)
    return [(dataset, document) for dataset, document in session.execute(found.where(PairRow.sequence.in_(pairs)))]


def newest(session: Session, dataset: str) -> int:
    """The sequence of the dataset's newest record; 0 without one."""
    return session.scalar(select(func.max(RecordRow.sequence)).where(RecordRow.dataset == dataset)) or 0


def lock_dataset(session: Session, dataset: str) -> dict[str, int]:
    """Let nobody else add or delete records of the dataset until the transaction ends; returns their counts."""
    return dict(execute(session, _LOCK_DATASET, {"this": dataset}).scalar_one())


def add(
    session: Session,
    job_id: str,
    pair: int,
    record: Record,
    changes: PairChanges | None = None,
    tenant: str = DEFAULT_TENANT,
) -> None:
    """Store the record of a tenant's pair; its dataset, which is locked, counts it."""
    dataset = dataset_key(tenant, record.dataset)
    change_counts(session, dataset, record, 1)
    row = {
        "id": record.id,
        "job_id": job_id,
        "pair": pair,
        "dataset": dataset,
        "scene": record.scene or record.image1.asset,
        "verdict": record.verdict.value,
        "confidence": record.confidence,
        "similarity": record.similarity,
        "created_at": record.created_at,
        "changes": None if changes is None else changes.model_dump(mode="json"),
        "shape": shape_of(Record),
        "document": record.model_dump_json(),
        "doubt": doubt_of(record.confidence),
        "reasons": reasons_of(record),
        "words": words_of(record),
    }
    place = {"sequence": execute(session, _ADD, row).scalar_one(), "dataset": dataset}
    kept = dict.fromkeys(one for region in record.regions if region.kept for one in _keys(region))
    if kept:
        execute(session, _ADD_REGIONS, [{**place, "change": change, "label": label} for change, label in kept])


def change_counts(session: Session, dataset: str, record: Record, count: int) -> None:
    """Lock the dataset of a record, and count the record there: 1 when it is added, -1 when it is deleted."""
    size = execute(session, _SIZE, {"images": [record.image1.asset, record.image2.asset]}).scalar() or 0
    counts, verdict = lock_dataset(session, dataset), record.verdict.value
    changed = {**counts, verdict: counts.get(verdict, 0) + count}
    values = {"new_verdicts": changed, "more_image_bytes": count * int(size), "more_deleted": int(count < 0)}
    execute(session, _COUNT, {"this": dataset, **values})


def of_job(session: Session, job_id: str) -> tuple[Record, ...]:
    """The records of a job, in the order of its pairs."""
    columns = select(RecordRow.document, RecordRow.reviewed).where(RecordRow.job_id == job_id)
    rows = session.execute(columns.order_by(RecordRow.pair))
    return tuple(Record.model_validate_json(merge(document, reviewed)) for document, reviewed in rows)


def _keys(region: Region) -> list[tuple[str, str]]:
    """The change of a region with each of its labels."""
    labels = [label_of(label) for label in (region.label1, region.label2) if label]
    return [(region.change.value, label) for label in labels or [""]]
