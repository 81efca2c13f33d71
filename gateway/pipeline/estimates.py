"""When a job will be done, and when there will be room: from how fast the last jobs went through."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.store.tables import JobRow
from imgdiff.jobs import Job, JobState

_LOOKED_AT = 20
_UNKNOWN_SECONDS = 5.0  # for want of any finished job


@dataclass(frozen=True)
class Pace:
    """Means over the last finished jobs: seconds between two ends while there was work, seconds of one job's run."""

    gap: float | None
    run: float | None

    @classmethod
    def of(cls, session: Session) -> Self:
        """The pace now; the time in which nothing was asked for does not count."""
        columns = (JobRow.created_at, JobRow.started_at, JobRow.finished_at)
        done = select(*columns).where(JobRow.state == JobState.SUCCEEDED.value)
        last = session.execute(done.order_by(JobRow.finished_at.desc()).limit(_LOOKED_AT)).all()
        finished = [(created, started, ended) for created, started, ended in last if started and ended]
        if not finished:
            return cls(None, None)
        finished.reverse()
        runs = [(ended - started).total_seconds() for _, started, ended in finished]
        starts = [
            finished[0][1],
            *(max(before[2], row[0]) for before, row in pairwise(finished)),
        ]
        gaps = [max((row[2] - start).total_seconds(), 0.0) for start, row in zip(starts, finished, strict=True)]
        return cls(sum(gaps) / len(gaps), sum(runs) / len(runs))

    def seconds_for(self, jobs: int) -> float:
        """Seconds until so many more jobs have ended."""
        return jobs * (self.gap if self.gap is not None else _UNKNOWN_SECONDS)


def estimated(session: Session, job: Job, row: JobRow) -> Job:
    """The job with its place in the queue and the seconds it will still take, as far as they are known."""
    if job.final:
        return job
    ahead = _ahead(session, row) if job.state is JobState.QUEUED else 0
    pace = Pace.of(session)
    eta = None
    if pace.gap is not None and pace.run is not None:
        eta = round(ahead * pace.gap + pace.run * (1 - job.progress), 2)
    return job.model_copy(update={"queue_position": ahead, "eta_seconds": eta})


def _ahead(session: Session, row: JobRow) -> int:
    older = (JobRow.state == JobState.QUEUED.value, JobRow.sequence < row.sequence)
    return session.scalar(select(func.count()).where(*older)) or 0
