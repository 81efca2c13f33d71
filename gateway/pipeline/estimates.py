"""When a job will be done, and when there will be room: from how fast the last pairs, and its own, went through."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.store.requests import JobRequest
from gateway.store.tables import JobRow, PairRow, StageRow
from imgdiff.jobs import Job, JobKind, JobState, StageState

_LOOKED_AT = 20
_UNKNOWN_SECONDS = 5.0  # for want of any finished job
_PAIRS = select(func.count()).where(PairRow.job_id == JobRow.id).correlate(JobRow).scalar_subquery()


@dataclass(frozen=True)
class Pace:
    """Means over the pairs of the last finished jobs: seconds between two ends while there was work, seconds of a run.

    Of a job of many pairs each counts for itself, as if they had come one after the other.
    """

    gap: float | None
    run: float | None

    @classmethod
    def of(cls, session: Session, kind: JobKind | None = None) -> Self:
        """The pace now, of one kind of job or of all; the time in which nothing was asked for does not count."""
        columns = (JobRow.created_at, JobRow.started_at, JobRow.finished_at, _PAIRS)
        done = select(*columns).where(JobRow.state == JobState.SUCCEEDED.value)
        if kind is not None:
            done = done.where(JobRow.kind == kind.value)
        last = session.execute(done.order_by(JobRow.finished_at.desc()).limit(_LOOKED_AT)).all()
        finished = [tuple(row) for row in last if row[1] and row[2]]
        if not finished:
            return cls(None, None)
        finished.reverse()
        pairs = max(sum(row[3] for row in finished), 1)
        runs = [(ended - started).total_seconds() for _, started, ended, _ in finished]
        starts = [finished[0][1], *(max(before[2], row[0]) for before, row in pairwise(finished))]
        gaps = [max((row[2] - start).total_seconds(), 0.0) for start, row in zip(starts, finished, strict=True)]
        return cls(sum(gaps) / pairs, sum(runs) / pairs)

    def seconds_for(self, pairs: int) -> float:
        """Seconds until so many more pairs have ended."""
        return pairs * (self.gap if self.gap is not None else _UNKNOWN_SECONDS)


def estimated(session: Session, job: Job, row: JobRow) -> Job:
    """The job with its place in the queue and the seconds it will still take, as far as they are known."""
    if job.final:
        return job
    request = JobRequest.model_validate(row.request)
    ahead = _ahead(session, row) if job.state is JobState.QUEUED else []
    eta = _own_eta(session, row, request)
    if eta is None:
        eta = _eta_of_others(session, job, request.pairs, sum(ahead))
    return job.model_copy(update={"queue_position": len(ahead), "eta_seconds": None if eta is None else round(eta, 2)})


def _own_eta(session: Session, row: JobRow, request: JobRequest) -> float | None:
    """By the slowest of its stages so far; null until every one of them has done a pair."""
    if row.started_at is None or request.pairs == 1:
        return None
    done = Counter(name for _, name in _done(session, row, request))
    least = min(done[name] for name in request.stages)
    if least == 0:
        return None
    elapsed = (datetime.now(UTC) - row.started_at).total_seconds()
    return elapsed / least * (request.pairs - least)


def _done(session: Session, row: JobRow, request: JobRequest) -> set[tuple[int, str]]:
    """Pairs and stages that are behind in the pair's last round; those of a pair that was given up are."""
    last = (StageRow.job_id == PairRow.job_id) & (StageRow.pair == PairRow.pair) & (StageRow.round == PairRow.round)
    ended = (
        select(StageRow.pair, StageRow.name)
        .join(PairRow, last)
        .where(StageRow.job_id == row.id, StageRow.state == StageState.SUCCEEDED.value)
    )
    refused = session.scalars(select(PairRow.pair).where(PairRow.job_id == row.id, PairRow.reasons.is_not(None)))
    spared = {(pair, name.value) for pair in refused for name in request.stages}
    return {(pair, name) for pair, name in session.execute(ended)} | spared


def _eta_of_others(session: Session, job: Job, pairs: int, ahead: int) -> float | None:
    overall, alike = Pace.of(session), Pace.of(session, job.kind)
    run = alike.run if alike.run is not None else overall.run
    if overall.gap is None or run is None:
        return None
    return ahead * overall.gap + run * pairs * (1 - job.progress)


def _ahead(session: Session, row: JobRow) -> Sequence[int]:
    """Pairs of each job that waits before this one."""
    older = (JobRow.state == JobState.QUEUED.value, JobRow.sequence < row.sequence)
    return session.scalars(select(_PAIRS).select_from(JobRow).where(*older)).all()
