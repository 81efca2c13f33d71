"""The history of a record's reviews: reviews and what took them back are added to it, and nothing is changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update

from gateway.store.database import Session
from gateway.store.reviews.merging import complete
from gateway.store.reviews.searchable import words_of
from gateway.store.reviews.tables import ReviewRow
from gateway.store.tables import DatasetRow, RecordRow
from imgdiff.composition.corrections import apply_corrections, check_corrections
from imgdiff.errors import Conflict, Forbidden, NotFound, PreconditionFailed
from imgdiff.records import Record
from imgdiff.reviews.documents import Judgement, ReviewEvent, ReviewPatch
from imgdiff.reviews.standing import Standing, Step, combine, find_standing, judge

MAX_EVENTS = 200  # of a record, each up to 100 kB, so that no client fills the database; chosen, not measured


@dataclass(frozen=True)
class Reviewed:
    """The JSON of a record with its review, and how many events it has."""

    text: str
    revision: int


@dataclass(frozen=True)
class _Locked:
    """A record whose dataset is locked, and its history."""

    sequence: int
    dataset: str
    document: str
    shape: str | None
    reviewed: str | None
    rows: Sequence[ReviewRow]

    @property
    def revision(self) -> int:
        return len(self.rows)

    @property
    def standing(self) -> Standing:
        return find_standing(map(_step, self.rows))

    def result(self) -> Reviewed:
        return Reviewed(complete(self.document, self.shape, self.reviewed), self.revision)


def read(session: Session, record_id: str) -> Reviewed:
    """A record as it is now; raises NotFound."""
    columns = (RecordRow.sequence, RecordRow.document, RecordRow.shape, RecordRow.reviewed)
    row = session.execute(select(*columns).where(RecordRow.id == record_id)).one_or_none()
    if row is None:
        raise _missing(record_id)
    newest = select(ReviewRow.number).where(ReviewRow.record == row.sequence).order_by(ReviewRow.number.desc()).limit(1)
    return Reviewed(complete(row.document, row.shape, row.reviewed), session.scalar(newest) or 0)


def add(session: Session, record_id: str, patch: ReviewPatch, reviewer: str, known: Collection[int] | None) -> Reviewed:
    """Add a review; `known` are the revisions that the client names, null for any.

    Raises NotFound, InvalidRequest, Conflict where the history is full, and PreconditionFailed where the record has
    another revision, unless all that came since is this very review: its answer was lost.
    """
    record = _lock(session, record_id)
    request = patch.model_dump(mode="json", exclude_unset=True)
    if known is not None and record.revision not in known:
        if _repeats(record, request, reviewer, known):
            return record.result()
        raise _changed(record)
    reviews = record.standing.get(reviewer, ())
    before = reviews[-1].after if reviews else None
    after = judge(before, patch)
    check_corrections(Record.model_validate_json(record.document), after.corrections)
    return _append(session, record, reviewer, before, after, request=request)


def undo(
    session: Session, record_id: str, number: int, reviewer: str | None, known: Collection[int] | None = None
) -> Reviewed:
    """Take back the review with a number, which must be its reviewer's newest one; `reviewer` is who asks, if known.

    Raises NotFound, Forbidden where it is another reviewer's, Conflict where a newer one stands or none does, and
    PreconditionFailed as `add`.
    """
    record = _lock(session, record_id)
    if known is not None and record.revision not in known:
        raise _changed(record)
    row = next((one for one in record.rows if one.number == number and one.undone is None), None)
    if row is None:
        raise NotFound(f"the record {record_id!r} has no review {number}")
    if reviewer not in (None, row.reviewer):
        raise Forbidden(f"the review {number} is by {row.reviewer!r}; only whoever wrote it takes it back")
    reviews = record.standing.get(row.reviewer, ())
    if number not in [one.number for one in reviews]:
        raise Conflict(f"the review {number} was taken back already")
    if reviews[-1].number != number:
        raise Conflict(f"{row.reviewer!r} has a newer review, {reviews[-1].number}; take that one back first")
    after = reviews[-2].after if len(reviews) > 1 else None
    return _append(session, record, row.reviewer, reviews[-1].after, after, undone=number)


def after(session: Session, record_id: str, number: int, limit: int) -> list[tuple[int, ReviewEvent]]:
    """Up to `limit` events of a record that follow a number, each with its own; raises NotFound."""
    sequence = session.scalar(select(RecordRow.sequence).where(RecordRow.id == record_id))
    if sequence is None:
        raise _missing(record_id)
    rows = _rows(session, sequence)
    standing = {reviews[-1].number for reviews in find_standing(map(_step, rows)).values()}
    return [(row.number, _event(row, row.number in standing)) for row in rows if row.number > number][:limit]


def _lock(session: Session, record_id: str) -> _Locked:
    """The record, after its dataset was locked; raises NotFound."""
    this = RecordRow.id == record_id
    dataset = session.scalar(select(RecordRow.dataset).where(this))
    lock = {"with_for_update": {"key_share": True}, "populate_existing": True}
    owner = None if dataset is None else session.get(DatasetRow, dataset, **lock)  # type: ignore[arg-type]
    columns = (RecordRow.sequence, RecordRow.dataset, RecordRow.document, RecordRow.shape, RecordRow.reviewed)
    row = None if owner is None or owner.deleting else session.execute(select(*columns).where(this)).one_or_none()
    if row is None:
        raise _missing(record_id)
    return _Locked(*row, _rows(session, row.sequence))


def _rows(session: Session, sequence: int) -> Sequence[ReviewRow]:
    return session.scalars(select(ReviewRow).where(ReviewRow.record == sequence).order_by(ReviewRow.number)).all()


def _step(row: ReviewRow) -> Step:
    return Step(row.number, row.reviewer, row.created_at, row.undone, _judgement(row.after))


def _judgement(document: dict[str, Any] | None) -> Judgement | None:
    return None if document is None else Judgement.model_validate(document)


def _repeats(record: _Locked, request: dict[str, Any], reviewer: str, known: Collection[int]) -> bool:
    """Whether the last event is what the client asks for, and all that has come since it looked."""
    last = record.rows[-1] if record.rows else None
    return last is not None and last.number - 1 in known and (last.reviewer, last.request) == (reviewer, request)


def _append(
    session: Session,
    record: _Locked,
    reviewer: str,
    before: Judgement | None,
    after: Judgement | None,
    *,
    request: dict[str, Any] | None = None,
    undone: int | None = None,
) -> Reviewed:
    number = record.revision + 1
    if number > MAX_EVENTS and undone is None:
        raise Conflict(f"the record has {record.revision} reviews and undos, the most there can be")
    step = Step(number, reviewer, datetime.now(UTC), undone, after if undone is None else None)
    review = combine(find_standing([*map(_step, record.rows), step]), number)
    event = {
        "record": record.sequence,
        "number": number,
        "dataset": record.dataset,
        "reviewer": reviewer,
        "created_at": step.at,
        "undone": undone,
        "request": request,
        "before": None if before is None else before.model_dump(mode="json"),
        "after": None if after is None else after.model_dump(mode="json"),
        "state": review.state.value,
        "review": review.model_dump_json(),
    }
    session.execute(insert(ReviewRow), [event])
    plain = Record.model_validate_json(record.document)
    corrected = apply_corrections(plain.model_copy(update={"review": review}))
    values = {"review": review.state.value, "reviewed": event["review"], "words": words_of(plain, corrected)}
    session.execute(update(RecordRow).where(RecordRow.sequence == record.sequence).values(**values))
    return Reviewed(complete(record.document, record.shape, review.model_dump_json()), number)


def _event(row: ReviewRow, stands: bool) -> ReviewEvent:
    return ReviewEvent(
        number=row.number,
        action="review" if row.undone is None else "undo",
        undone=row.undone,
        stands=stands,
        reviewer=row.reviewer,
        at=row.created_at,
        before=_judgement(row.before),
        after=_judgement(row.after),
    )


def _changed(record: _Locked) -> PreconditionFailed:
    detail = f'the record was reviewed meanwhile; its entity tag is "{record.revision}" now: read it, and decide again'
    return PreconditionFailed(detail)


def _missing(record_id: str) -> NotFound:
    return NotFound(f"there is no record {record_id!r}")
