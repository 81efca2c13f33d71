"""One page of the records that meet conditions, with the same effort wherever it begins."""

from dataclasses import dataclass

from sqlalchemy import Select, func, literal, select, tuple_, union_all

from gateway.store.database import Session
from gateway.store.finding.conditions import has_region, of_record, split
from gateway.store.finding.filters import RecordFilter
from gateway.store.tables import RecordRow, RegionRow
from imgdiff.reviews.documents import ReviewState

_EXAMINED = 2000  # records that one page looks at where conditions have no index of their own; chosen, not measured


@dataclass(frozen=True)
class Doubt:
    """A place in the order by confidence: that of a record, -1 where it is not known, and its sequence."""

    confidence: float
    sequence: int


def oldest_first(
    session: Session, condition: RecordFilter, sequence: int, limit: int, through: int | None
) -> tuple[list[int], int | None]:
    """Sequences of the records that meet the condition, and where to go on."""
    row, indexed, others = split(condition)
    candidates = _in_order(row, condition.dataset, sequence, through).where(*indexed)
    candidates = candidates.limit(_EXAMINED if others else limit + 1)
    numbers = (candidates.distinct() if row is RegionRow else candidates).subquery()
    number = numbers.c.sequence
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


def _in_order(row: type[RecordRow | RegionRow], dataset: str, sequence: int, through: int | None) -> Select[int]:
    found = select(row.sequence).where(row.dataset == dataset, row.sequence > sequence).order_by(row.sequence)
    return found if through is None else found.where(row.sequence <= through)


def doubtful_first(
    session: Session, condition: RecordFilter, after: Doubt | None, limit: int, through: int | None
) -> tuple[list[int], Doubt | None]:
    """Sequences of the records that meet the condition, those with the least confidence first, and where to go on."""
    others = [*of_record(condition), *has_region(condition)]
    if through is not None:
        others.append(RecordRow.sequence <= through)
    most = _EXAMINED if others else limit + 1
    states = condition.reviews or tuple(ReviewState)
    each = [select(_of_state(condition.dataset, state, after, most).subquery()) for state in states]
    merged = union_all(*each).subquery()
    candidates = select(merged).order_by(merged.c.doubt, merged.c.sequence).limit(most).subquery()
    place = (candidates.c.doubt, candidates.c.sequence)
    chosen = select(*place).order_by(*place).limit(limit + 1)
    if others:
        chosen = chosen.join(RecordRow, RecordRow.sequence == candidates.c.sequence).where(*others)
    found = [Doubt(*row) for row in session.execute(chosen)]
    if len(found) > limit:
        return [one.sequence for one in found[:limit]], found[limit - 1]
    last = None
    if others:
        rows = session.execute(select(*place).order_by(*(one.desc() for one in place)).limit(1)).first()
        examined = session.scalar(select(func.count()).select_from(candidates))
        last = Doubt(*rows) if rows is not None and examined == _EXAMINED else None
    return [one.sequence for one in found], last


def _of_state(dataset: str, state: ReviewState, after: Doubt | None, limit: int) -> Select[float, int]:
    """The places of the records in one state of review, by their index."""
    place = (RecordRow.doubt, RecordRow.sequence)
    found = select(*place).where(RecordRow.dataset == dataset, RecordRow.review == state.value)
    if after is not None:
        found = found.where(tuple_(*place) > tuple_(literal(after.confidence), literal(after.sequence)))
    return found.order_by(*place).limit(limit)
