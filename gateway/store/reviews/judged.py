"""The reviewed records of a dataset with the judgements that stand, as rows."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from sqlalchemy import Row, func, select, text

from gateway.store.database import Session
from gateway.store.reviews.tables import ReviewRow
from gateway.store.tables import REVIEWED, RecordRow
from imgdiff.reviews.documents import Judgement, ReviewState
from imgdiff.reviews.standing import Step, find_standing

_AT_ONCE = 500  # rows in memory; chosen, not measured


def count_states(session: Session, dataset: str) -> dict[ReviewState, int]:
    """Number of records in each state of review."""
    return {state: _count(session, dataset, state) for state in ReviewState}


def read_records(session: Session, dataset: str) -> Iterator[Row[str, float | None, str, str | None]]:
    """State, confidence, document and review of each record that was reviewed."""
    columns = (RecordRow.review, RecordRow.confidence, RecordRow.document, RecordRow.reviewed)
    found = select(*columns).where(RecordRow.dataset == dataset, text(REVIEWED)).order_by(RecordRow.sequence)
    for state in ReviewState:  # each by the index of the few that are reviewed
        if state is not ReviewState.UNREVIEWED:
            of_state = found.where(RecordRow.review == state.value)
            yield from session.execute(of_state.execution_options(yield_per=_AT_ONCE))


def read_judgements(session: Session, dataset: str) -> Iterator[Mapping[str, Judgement]]:
    """For each record that was reviewed the judgements that stand, by reviewer."""
    columns = (
        ReviewRow.record,
        ReviewRow.number,
        ReviewRow.reviewer,
        ReviewRow.created_at,
        ReviewRow.undone,
        ReviewRow.after,
    )
    found = select(*columns).where(ReviewRow.dataset == dataset).order_by(ReviewRow.record, ReviewRow.number)
    rows = session.execute(found.execution_options(yield_per=_AT_ONCE))
    for _, events in groupby(rows, key=lambda row: row.record):
        steps = [
            Step(number, reviewer, at, undone, None if after is None else Judgement.model_validate(after))
            for _, number, reviewer, at, undone, after in events
        ]
        last = {reviewer: reviews[-1].after for reviewer, reviews in find_standing(steps).items()}
        yield {reviewer: judgement for reviewer, judgement in last.items() if judgement is not None}


def count_confident(session: Session, dataset: str, confidence: float) -> int:
    """Number of records with at least this confidence."""
    return sum(_count(session, dataset, state, confidence) for state in ReviewState)


def _count(session: Session, dataset: str, state: ReviewState, confidence: float | None = None) -> int:
    """Records of one state, by the index that begins with it; without it the whole table would be read."""
    found = select(func.count()).where(RecordRow.dataset == dataset, RecordRow.review == state.value)
    if confidence is not None:
        found = found.where(RecordRow.doubt >= confidence)
    return session.scalar(found) or 0
