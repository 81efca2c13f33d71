"""The records that meet conditions, page by page or all, as documents with their reviews."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from gateway.store.database import Session
from gateway.store.finding import conditions, pages
from gateway.store.finding.filters import RecordFilter
from gateway.store.finding.pages import Doubt
from gateway.store.reviews import pinned
from gateway.store.reviews.merging import complete, merge
from gateway.store.tables import RecordRow, RegionRow
from imgdiff.records import Record
from imgdiff.reviews.documents import ReviewState

_AT_ONCE = 1000  # rows in memory where all are read; chosen, not measured


@dataclass(frozen=True)
class Batch:
    """Some records, oldest first; `position` is where the next ones begin, None after the last."""

    records: tuple[Record, ...]
    position: int | None


def after(session: Session, condition: RecordFilter, sequence: int, limit: int, through: int | None = None) -> Batch:
    """Up to `limit` records after `sequence`; none is later than `through`.

    They may be fewer although others follow: a page looks at a limited number of records.
    """
    found, position = documents(session, condition, sequence, limit, through)
    return Batch(tuple(Record.model_validate_json(document) for document in found), position)


def documents(
    session: Session,
    condition: RecordFilter,
    sequence: int,
    limit: int,
    through: int | None = None,
    reviewed: int | None = None,
) -> tuple[Sequence[str], int | None]:
    """The same as JSON texts, as they were stored, and where to go on.

    With `reviewed` they have their reviews, and meet the condition on these, as of the event with this sequence.
    """
    now = condition if reviewed is None else replace(condition, reviews=())
    found, position = pages.oldest_first(session, now, sequence, limit, through)
    return _documents(session, found, condition, reviewed), position


def texts(
    session: Session, condition: RecordFilter, sequence: int, limit: int, through: int | None = None
) -> tuple[Sequence[str], int | None]:
    """The same as the JSON of `Record`."""
    found, position = pages.oldest_first(session, condition, sequence, limit, through)
    return _texts(session, found), position


def doubtful_texts(
    session: Session, condition: RecordFilter, after: Doubt | None, limit: int, through: int | None = None
) -> tuple[Sequence[str], Doubt | None]:
    """The same, those with the least confidence first."""
    found, position = pages.doubtful_first(session, condition, after, limit, through)
    return _texts(session, found), position


def _documents(
    session: Session, sequences: Sequence[int], condition: RecordFilter, reviewed: int | None
) -> Sequence[str]:
    columns = select(RecordRow.sequence, RecordRow.document, RecordRow.reviewed)
    if reviewed is None:
        rows = session.execute(columns.where(RecordRow.sequence.in_(sequences)).order_by(RecordRow.sequence))
        return [merge(document, review) for _, document, review in rows]
    then = pinned.reviews_of(session, sequences, reviewed)
    wanted = [one for one in sequences if not condition.reviews or pinned.state(then, one) in condition.reviews]
    rows = session.execute(columns.where(RecordRow.sequence.in_(wanted)).order_by(RecordRow.sequence))
    return [merge(document, then[sequence].review if sequence in then else None) for sequence, document, _ in rows]


def _texts(session: Session, sequences: Sequence[int]) -> Sequence[str]:
    """The JSON of the records with these sequences, in their order."""
    columns = select(RecordRow.sequence, RecordRow.document, RecordRow.shape, RecordRow.reviewed)
    rows = session.execute(columns.where(RecordRow.sequence.in_(sequences)))
    found = {sequence: complete(document, shape, reviewed) for sequence, document, shape, reviewed in rows}
    return [found[sequence] for sequence in sequences if sequence in found]


def documents_at(
    session: Session, sequences: Sequence[int], start: int, limit: int, reviewed: int | None = None
) -> tuple[Sequence[str], int | None]:
    """Up to `limit` records with these sequences, which ascend, from the place `start` in them on, as `documents`."""
    wanted = list(sequences[start : start + limit])
    position = start + limit if start + limit < len(sequences) else None
    return _documents(session, wanted, RecordFilter(""), reviewed), position


def keys(
    session: Session, condition: RecordFilter, through: int, reviewed: int | None = None
) -> Iterator[tuple[int, str]]:
    """Sequence and id of every record that meets a condition; with `reviewed` as `documents`."""
    rows = _all(session, condition, through, reviewed, RecordRow.sequence, RecordRow.id)
    return ((sequence, record_id) for sequence, record_id in rows)


def documents_with_keys(
    session: Session, condition: RecordFilter, through: int, reviewed: int | None = None
) -> Iterator[tuple[int, str, str]]:
    """The same with the record as JSON text."""
    rows = _all(session, condition, through, reviewed, RecordRow.sequence, RecordRow.id, RecordRow.document)
    return ((sequence, record_id, document) for sequence, record_id, document in rows)


def keys_by_region(
    session: Session, condition: RecordFilter, through: int, reviewed: int | None = None, *, label: bool
) -> Iterator[tuple[int, str, str]]:
    """The same with the change, or else the key of a label, of each kept region that meets the condition."""
    column = RegionRow.label if label else RegionRow.change
    regions = (RegionRow.sequence == RecordRow.sequence, *conditions.of_region(condition))
    rows = _all(session, condition, through, reviewed, RecordRow.sequence, RecordRow.id, column, join=regions)
    return ((sequence, record_id, group) for sequence, record_id, group in rows)


def _all(
    session: Session,
    condition: RecordFilter,
    through: int,
    reviewed: int | None,
    *columns: Any,
    join: Sequence[Any] = (),
) -> Iterator[Any]:
    """Every record that meets a condition, oldest first, read in parts; the first column is its sequence."""
    now = condition if reviewed is None else replace(condition, reviews=())
    found = conditions.everything(now, through, *columns)
    if join:
        found = found.join(RegionRow, join[0]).where(*join[1:])
    rows = session.execute(found.execution_options(yield_per=_AT_ONCE))
    if reviewed is None or not condition.reviews:
        return iter(rows)
    then = pinned.states_in(session, condition.dataset, reviewed)
    return (row for row in rows if then.get(row[0], ReviewState.UNREVIEWED) in condition.reviews)
