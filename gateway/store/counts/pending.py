"""Pairs that have ended and that the counters of their dataset do not include yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select, update

from gateway.store.database import Session
from gateway.store.tables import UNCOUNTED, JobRow, PairRow, RecordRow
from imgdiff.jobs import FINAL

_ENDED = or_(
    JobRow.state.in_([state.value for state in FINAL]),
    PairRow.reasons.is_not(None),
    exists().where(RecordRow.job_id == PairRow.job_id, RecordRow.pair == PairRow.pair),
)


@dataclass(frozen=True)
class Place:
    """A pair, by its sequence and its job, and its dataset."""

    pair: int
    job: str
    dataset: str


def find(session: Session, limit: int) -> list[Place]:
    """Up to `limit` of these pairs, oldest first. They do not change any more, but they can be deleted."""
    found = select(PairRow.sequence, PairRow.job_id, JobRow.dataset).join(JobRow, JobRow.id == PairRow.job_id)
    ordered = found.where(UNCOUNTED, _ENDED).order_by(PairRow.sequence).limit(limit)
    return [Place(*row) for row in session.execute(ordered)]


def mark(session: Session, places: Sequence[Place]) -> bool:
    """Mark pairs as counted; does nothing and returns False unless all are there, uncounted, and nobody locks one.

    The job is compared, too, in case rows that were copied by hand took the sequence of a deleted pair.
    """
    pairs = [place.pair for place in places]
    wanted = select(PairRow.sequence, PairRow.job_id).where(PairRow.sequence.in_(pairs), UNCOUNTED)
    locked = {(pair, job) for pair, job in session.execute(wanted.with_for_update(skip_locked=True))}
    if locked != {(place.pair, place.job) for place in places}:
        return False
    session.execute(update(PairRow).where(PairRow.sequence.in_(pairs)).values(counted=True))
    return True


def unmark(session: Session, job_id: str, pair: int) -> Place | None:
    """Lock a pair, and mark it as not counted; None unless it was."""
    wanted = select(PairRow).where(PairRow.job_id == job_id, PairRow.pair == pair).with_for_update()
    row = session.scalar(wanted.execution_options(populate_existing=True))
    if row is None or not row.counted:
        return None
    row.counted = False
    dataset = session.scalar(select(JobRow.dataset).where(JobRow.id == job_id))
    return Place(row.sequence, job_id, dataset or "")


def count(session: Session) -> int:
    """How many pairs are not counted, whether they have ended or not."""
    return session.scalar(select(func.count()).select_from(PairRow).where(UNCOUNTED)) or 0
