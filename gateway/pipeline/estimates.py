"""Estimates of when a job ends and when the queue has room, from the pace of recent jobs and of the job itself."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Self

from gateway.pipeline.job_view import view
from gateway.pipeline.stage_table import stages_of
from gateway.store.database import Session
from gateway.store.jobs import jobs, pairs, stages
from gateway.store.values import StoredJob
from imgdiff.jobs import Job, JobKind, JobState

_RECENT_JOBS = 20  # finished jobs that the pace is taken from; chosen, not measured
_DEFAULT_SECONDS = 5.0  # of a pair before any job has finished; chosen, not measured


@dataclass(frozen=True)
class Pace:
    """Means over the pairs of recent finished jobs, in seconds.

    `gap` lies between the ends of two pairs while there was work, `run` between the start and the end of one. The
    pairs of one job count as if they had run one after the other.
    """

    gap: float | None
    run: float | None

    @classmethod
    def of(cls, session: Session, kind: JobKind | None = None) -> Self:
        """The present pace of one kind of job or of all; idle time does not count."""
        finished = jobs.last_finished(session, kind, _RECENT_JOBS)
        if not finished:
            return cls(None, None)
        count = max(sum(job.pairs for job in finished), 1)
        runs = [(job.finished_at - job.started_at).total_seconds() for job in finished]
        starts = [
            finished[0].started_at,
            *(max(previous.finished_at, job.created_at) for previous, job in pairwise(finished)),
        ]
        gaps = [
            max((job.finished_at - start).total_seconds(), 0.0) for start, job in zip(starts, finished, strict=True)
        ]
        return cls(sum(gaps) / count, sum(runs) / count)

    def seconds_for(self, count: int) -> float:
        """Seconds until `count` more pairs have ended."""
        return count * (self.gap if self.gap is not None else _DEFAULT_SECONDS)


def describe(session: Session, job: StoredJob, *, with_records: bool = True) -> Job:
    """The job as its clients see it, with its queue position and the seconds left as far as they are known."""
    seen = view(session, job, with_records=with_records)
    if job.final:
        return seen
    ahead, pairs_ahead = jobs.ahead(session, job) if job.state is JobState.QUEUED else (0, 0)
    eta = _eta_by_itself(session, job)
    if eta is None:
        eta = _eta_by_others(session, job, seen.progress, pairs_ahead)
    rounded = None if eta is None else round(eta, 2)
    return seen.model_copy(update={"queue_position": ahead, "eta_seconds": rounded})


def _eta_by_itself(session: Session, job: StoredJob) -> float | None:
    """By the job's slowest stage so far; None until every stage has finished a pair."""
    count = job.request.pairs
    if job.started_at is None or count == 1:
        return None
    names = stages_of(job.kind)
    given_up = [pair.index for pair in pairs.of_job(session, job.id) if pair.reasons is not None]
    done = stages.done(session, job.id) | {(index, name) for index in given_up for name in names}
    finished = Counter(name for _, name in done)
    least = min(finished[name] for name in names)
    if least == 0:
        return None
    elapsed = (datetime.now(UTC) - job.started_at).total_seconds()
    return elapsed / least * (count - least)


def _eta_by_others(session: Session, job: StoredJob, progress: float, ahead: int) -> float | None:
    """By the pace of recent jobs, those of the same kind if there are any; `ahead` pairs come first."""
    overall, alike = Pace.of(session), Pace.of(session, job.kind)
    run = alike.run if alike.run is not None else overall.run
    if overall.gap is None or run is None:
        return None
    return ahead * overall.gap + run * job.request.pairs * (1 - progress)
