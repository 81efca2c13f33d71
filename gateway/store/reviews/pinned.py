"""Reviews of records as they were after some event, which an export or a version names by its sequence."""

from collections.abc import Collection, Mapping

from sqlalchemy import Row, func, select

from gateway.store.database import Session
from gateway.store.reviews.tables import ReviewRow
from imgdiff.reviews.documents import ReviewState

Reviews = Mapping[int, Row[int, str, str]]
"""The `state` and the `review`, a JSON text, of records that had been reviewed, by the sequence of the record."""


def newest(session: Session, dataset: str) -> int:
    """The sequence of the newest event in a dataset; 0 without one."""
    return session.scalar(select(func.max(ReviewRow.sequence)).where(ReviewRow.dataset == dataset)) or 0


def reviews_of(session: Session, records: Collection[int], through: int) -> Reviews:
    """Those of the records with these sequences."""
    if through == 0:
        return {}
    last = select(func.max(ReviewRow.sequence)).where(ReviewRow.record.in_(records), ReviewRow.sequence <= through)
    found = select(ReviewRow.record, ReviewRow.state, ReviewRow.review)
    rows = session.execute(found.where(ReviewRow.sequence.in_(last.group_by(ReviewRow.record))))
    return {row.record: row for row in rows}


def states_in(session: Session, dataset: str, through: int) -> Mapping[int, ReviewState]:
    """The states of all records of a dataset that had been reviewed, by their sequences."""
    last = select(func.max(ReviewRow.sequence)).where(ReviewRow.dataset == dataset, ReviewRow.sequence <= through)
    found = select(ReviewRow.record, ReviewRow.state)
    rows = session.execute(found.where(ReviewRow.sequence.in_(last.group_by(ReviewRow.record))))
    return {record: ReviewState(state) for record, state in rows}


def state(reviews: Reviews, record: int) -> ReviewState:
    """The state of one of the records that `reviews` are of."""
    return ReviewState(reviews[record].state) if record in reviews else ReviewState.UNREVIEWED
