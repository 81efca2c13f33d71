"""Rows of finished records, listed page by page with the same effort wherever a page begins."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute

from gateway.store.database import Session
from gateway.store.execution import execute, table_of
from gateway.store.scenes.changes import PairChanges
from gateway.store.tables import UNCOUNTED, AssetRow, DatasetRow, PairRow, RecordRow, RegionRow, dataset_of_pair
from gateway.store.tenants import dataset_key
from imgdiff.errors import NotFound
from imgdiff.frozen import shape_of
from imgdiff.objects.labels import label_key
from imgdiff.records import Change, Record, Region, Verdict
from imgdiff.requests.names import DEFAULT_TENANT

_EXAMINED = 2000  # records that one page looks at where conditions have no index of their own; chosen, not measured
_AT_ONCE = 1000  # rows in memory where all are read; chosen, not measured
_LABEL_LENGTH = 200  # characters of a key that are compared, as many as its column holds

_Column = ColumnElement[Any] | InstrumentedAttribute[Any]
_ASSETS, _DATASETS = table_of(AssetRow), table_of(DatasetRow)
_THIS = _DATASETS.c.name == bindparam("this")
_LOCK_DATASET = select(_DATASETS.c.verdicts).where(_THIS).with_for_update(key_share=True)  # jobs may still be added
_MORE = {name: _DATASETS.c[name] + bindparam(f"more_{name}") for name in ("image_bytes", "deleted")}
_COUNT = update(_DATASETS).where(_THIS).values(verdicts=bindparam("new_verdicts"), **_MORE)
_ADD = insert(table_of(RecordRow)).returning(table_of(RecordRow).c.sequence)
_ADD_REGIONS = insert(table_of(RegionRow))
_SIZE = select(func.sum(_ASSETS.c.size)).where(_ASSETS.c.id.in_(bindparam("images", expanding=True)))


@dataclass(frozen=True)
class RecordFilter:
    """Conditions on the records of the dataset with a key; `label` and `change` are those of one kept region."""

    dataset: str
    verdict: Verdict | None = None
    change: Change | None = None
    label: str | None = None
    min_confidence: float | None = None
    min_similarity: float | None = None
    max_similarity: float | None = None


@dataclass(frozen=True)
class Batch:
    """Some records, oldest first; `position` is where the next ones begin, None after the last."""

    records: tuple[Record, ...]
    position: int | None


def get(session: Session, record_id: str) -> Record:
    """One record; raises NotFound."""
    row = session.scalar(select(RecordRow).where(RecordRow.id == record_id))
    if row is None:
        raise NotFound(f"there is no record {record_id!r}")
    return Record.model_validate_json(row.document)


def place(session: Session, record_id: str) -> tuple[str, int] | None:
    """Job and number of the pair of a record; None where there is no such record."""
    found = session.execute(select(RecordRow.job_id, RecordRow.pair).where(RecordRow.id == record_id)).one_or_none()
    return None if found is None else (found.job_id, found.pair)


def after(session: Session, condition: RecordFilter, sequence: int, limit: int, through: int | None = None) -> Batch:
    """Up to `limit` records after `sequence`; none is later than `through`.

    They may be fewer although others follow: a page looks at a limited number of records.
    """
    found, position = documents(session, condition, sequence, limit, through)
    return Batch(tuple(Record.model_validate_json(document) for document in found), position)


def documents(
    session: Session, condition: RecordFilter, sequence: int, limit: int, through: int | None = None
) -> tuple[Sequence[str], int | None]:
    """The same as JSON texts, as they were stored, and where to go on."""
    rows, position = _read(session, condition, sequence, limit, through)
    return [document for document, _ in rows], position


def texts(
    session: Session, condition: RecordFilter, sequence: int, limit: int, through: int | None = None
) -> tuple[Sequence[str], int | None]:
    """The same as the JSON of `Record`."""
    rows, position = _read(session, condition, sequence, limit, through)
    return [complete(text, shape) for text, shape in rows], position


def complete(document: str, shape: str | None) -> str:
    """The JSON of `Record` for a stored document: it is parsed only where another version of imgdiff wrote it."""
    return document if shape == shape_of(Record) else Record.model_validate_json(document).model_dump_json()


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


def documents_at(
    session: Session, sequences: Sequence[int], start: int, limit: int
) -> tuple[Sequence[str], int | None]:
    """Up to `limit` records with these sequences, which ascend, from the place `start` in them on, as `documents`."""
    wanted = list(sequences[start : start + limit])
    columns = select(RecordRow.document).where(RecordRow.sequence.in_(wanted))
    position = start + limit if start + limit < len(sequences) else None
    return session.scalars(columns.order_by(RecordRow.sequence)).all(), position


def keys(session: Session, condition: RecordFilter, through: int) -> Iterator[tuple[int, str]]:
    """Sequence and id of every record that meets a condition."""
    rows = session.execute(_all(condition, through, RecordRow.sequence, RecordRow.id))
    return ((sequence, record_id) for sequence, record_id in rows)


def documents_with_keys(session: Session, condition: RecordFilter, through: int) -> Iterator[tuple[int, str, str]]:
    """The same with the record as JSON text."""
    rows = session.execute(_all(condition, through, RecordRow.sequence, RecordRow.id, RecordRow.document))
    return ((sequence, record_id, document) for sequence, record_id, document in rows)


def keys_by_region(
    session: Session, condition: RecordFilter, through: int, *, label: bool
) -> Iterator[tuple[int, str, str]]:
    """The same with the change, or else the key of a label, of each kept region that meets the condition."""
    column = RegionRow.label if label else RegionRow.change
    found = _all(condition, through, RecordRow.sequence, RecordRow.id, column)
    joined = found.join(RegionRow, RegionRow.sequence == RecordRow.sequence).where(*_of_region(condition))
    return ((sequence, record_id, group) for sequence, record_id, group in session.execute(joined))


def _all(condition: RecordFilter, through: int, *columns: _Column) -> Select[Any]:
    """Every record that meets a condition, oldest first, read in parts."""
    found = select(*columns).where(RecordRow.dataset == condition.dataset, RecordRow.sequence <= through)
    if condition.verdict is not None:
        found = found.where(RecordRow.verdict == condition.verdict.value)
    found = found.where(*_of_scores(condition))
    regions = _of_region(condition)
    if regions:
        found = found.where(exists().where(RegionRow.sequence == RecordRow.sequence, *regions).correlate(RecordRow))
    return found.order_by(RecordRow.sequence).execution_options(yield_per=_AT_ONCE)


def _of_region(condition: RecordFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if condition.change is not None:
        conditions.append(RegionRow.change == condition.change.value)
    if condition.label is not None:
        conditions.append(RegionRow.label == _label(condition.label))
    return conditions


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
    rows = session.scalars(select(RecordRow).where(RecordRow.job_id == job_id).order_by(RecordRow.pair))
    return tuple(Record.model_validate_json(row.document) for row in rows)


def _keys(region: Region) -> list[tuple[str, str]]:
    """The change of a region with each of its labels."""
    labels = [_label(label) for label in (region.label1, region.label2) if label]
    return [(region.change.value, label) for label in labels or [""]]


def _label(label: str) -> str:
    return label_key(label.replace("\0", ""))[:_LABEL_LENGTH]


def _read(
    session: Session, condition: RecordFilter, sequence: int, limit: int, through: int | None
) -> tuple[Sequence[Row[str, str | None]], int | None]:
    """Document and shape of the records of a page, and where to go on."""
    found, position = _choose(session, condition, sequence, limit, through)
    columns = select(RecordRow.document, RecordRow.shape).where(RecordRow.sequence.in_(found))
    return session.execute(columns.order_by(RecordRow.sequence)).all(), position


def _choose(
    session: Session, condition: RecordFilter, sequence: int, limit: int, through: int | None
) -> tuple[list[int], int | None]:
    """Sequences of the records that meet the condition, and where to go on."""
    others = _without_index(condition)
    candidates = _indexed(condition, sequence, through).limit(_EXAMINED if others else limit + 1).subquery()
    number = candidates.c.sequence
    chosen = select(number).order_by(number).limit(limit + 1)
    if others:
        chosen = chosen.join(RecordRow, RecordRow.sequence == number).where(*others)
    found = list(session.scalars(chosen))
    if len(found) > limit:
        return found[:limit], found[limit - 1]
    if not others:
        return found, None
    examined, last = session.execute(select(func.count(), func.max(number))).one()
    return found, last if examined == _EXAMINED else None


def _indexed(condition: RecordFilter, sequence: int, through: int | None) -> Select[int]:
    """Sequences in order by the conditions that have an index."""
    row: type[RecordRow | RegionRow] = RecordRow
    conditions: list[ColumnElement[bool]] = []
    if condition.change is not None or condition.label is not None:
        row = RegionRow
        conditions += _of_region(condition)
    elif condition.verdict is not None:
        conditions.append(RecordRow.verdict == condition.verdict.value)
    conditions += [row.dataset == condition.dataset, row.sequence > sequence]
    if through is not None:
        conditions.append(row.sequence <= through)
    found = select(row.sequence).where(*conditions).order_by(row.sequence)
    return found.distinct() if row is RegionRow else found


def _without_index(condition: RecordFilter) -> list[ColumnElement[bool]]:
    """The other conditions."""
    conditions: list[ColumnElement[bool]] = []
    if condition.verdict is not None and (condition.change is not None or condition.label is not None):
        conditions.append(RecordRow.verdict == condition.verdict.value)
    return conditions + _of_scores(condition)


def _of_scores(condition: RecordFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if condition.min_confidence is not None:
        conditions.append(RecordRow.confidence >= condition.min_confidence)
    if condition.min_similarity is not None:
        conditions.append(RecordRow.similarity >= condition.min_similarity)
    if condition.max_similarity is not None:
        conditions.append(RecordRow.similarity <= condition.max_similarity)
    return conditions
