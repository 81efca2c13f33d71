"""Conditions on the records of a dataset, as SQL: those that have an index, and the others."""

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select, text

from gateway.store.finding.filters import RecordFilter
from gateway.store.reviews.searchable import label_of
from gateway.store.tables import REVIEWED, RecordRow, RegionRow
from imgdiff.reviews.documents import ReviewState

Conditions = list[ColumnElement[bool]]


def of_region(condition: RecordFilter) -> Conditions:
    """Those on one kept region."""
    conditions: Conditions = []
    if condition.change is not None:
        conditions.append(RegionRow.change == condition.change.value)
    if condition.label is not None:
        conditions.append(RegionRow.label == label_of(condition.label))
    return conditions


def of_record(condition: RecordFilter) -> Conditions:
    """Those on the record itself, but for its dataset and its reviews."""
    conditions = [] if condition.verdict is None else [RecordRow.verdict == condition.verdict.value]
    if condition.min_confidence is not None:
        conditions.append(RecordRow.confidence >= condition.min_confidence)
    if condition.min_similarity is not None:
        conditions.append(RecordRow.similarity >= condition.min_similarity)
    if condition.max_similarity is not None:
        conditions.append(RecordRow.similarity <= condition.max_similarity)
    if condition.reason is not None:
        conditions.append(RecordRow.reasons.contains(f" {condition.reason} ", autoescape=True))
    return conditions + [RecordRow.words.contains(word, autoescape=True) for word in condition.words]


def of_reviews(condition: RecordFilter) -> Conditions:
    """That on its reviews as they are now."""
    return [RecordRow.review.in_([one.value for one in condition.reviews])] if condition.reviews else []


def has_region(condition: RecordFilter) -> Conditions:
    """Those on one kept region, for a query of records."""
    found = of_region(condition)
    return [exists().where(RegionRow.sequence == RecordRow.sequence, *found).correlate(RecordRow)] if found else []


def everything(condition: RecordFilter, through: int, *columns: Any) -> Select[Any]:
    """A query of all records up to a sequence that meet the conditions, oldest first."""
    found = select(*columns).where(RecordRow.dataset == condition.dataset, RecordRow.sequence <= through)
    found = found.where(*of_record(condition), *of_reviews(condition), *has_region(condition))
    return found.order_by(RecordRow.sequence)


def split(condition: RecordFilter) -> tuple[type[RecordRow | RegionRow], Conditions, Conditions]:
    """The table whose index finds the records in order, the conditions for which that serves, and the others."""
    others = of_record(condition)
    regions, reviews = of_region(condition), of_reviews(condition)
    if regions:
        return RegionRow, regions, others + reviews
    if reviews and ReviewState.UNREVIEWED not in condition.reviews:
        return RecordRow, [*reviews, text(REVIEWED)], others  # type: ignore[list-item]
    if condition.verdict is not None:
        return RecordRow, others[:1], others[1:] + reviews
    return RecordRow, [], others + reviews
