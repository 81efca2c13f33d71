"""Estimates of when a job ends and when the queue has room, from the pace of recent jobs and of the job itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Self

from gateway.pipeline.job_view import view
from gateway.pipeline.order.position import ahead_of
from gateway.pipeline.stage_table import stages_of
from gateway.store.database import Session
from gateway.store.jobs import jobs, pairs, stages
from gateway.store.values import FinishedJob, StoredJob
from imgdiff.jobs import Job, JobKind, JobState

_RECENT_JOBS = 20  # ended jobs that the pace is taken from; chosen, not measured
_FADING = 0.85  # of the weight of each job to that of the next in a pace: six of them count; chosen, not measured
_DRAINING = 0.3  # the same of a drain, which follows a change at once: docs/load.md
_DEFAULT_SECONDS = 5.0  # of a pair before any job has finished; chosen, not measured
_OVERDUE = 1.2  # times the time since the last end is the least that a gap lasts; simulated as well


@dataclass(frozen=True)
class Pace:
    """Weighted means over the pairs of recent jobs, in seconds; the newest weigh most.

    `gap` lies between the ends of two pairs while there was work, `run` between the start and the end of one. The
    pairs of one job count as if they had run one after the other.
    """

    gap: float | None
    run: float | None

    @classmethod
    def of(cls, session: Session, kind: JobKind | None = None) -> Self:
        """The present pace of one kind of job or of all; idle time does not count."""
        if kind is None:
            ended = jobs.last_ended(session, None, _RECENT_JOBS)
        else:
            ended = jobs.last_finished(session, kind, _RECENT_JOBS)
        if not ended:
            return cls(None, None)
        pairs = [max(job.pairs, 1) for job in ended]
        runs = [(job.finished_at - job.started_at).total_seconds() for job in ended]
        return cls(_ratio(_gaps(ended), pairs), _ratio(runs, pairs))


@dataclass(frozen=True)
class Drain:
    """How fast jobs end: the weighted mean time between two ends while there was work, and the time since the last.

    Both in seconds.
    """

    gap: float
    since: float

    @classmethod
    def of(cls, session: Session, tenant: str | None = None) -> Self:
        """That of the jobs of one tenant or of all."""
        ended = jobs.last_ended(session, tenant, _RECENT_JOBS)
        gap = _ratio(_gaps(ended), [1] * len(ended), _DRAINING) if ended else _DEFAULT_SECONDS
        busy = jobs.busy_since(session, tenant)
        if busy is None:
            return cls(gap, 0.0)
        since = max([busy, *(job.finished_at for job in ended[-1:])])
        return cls(gap, max((datetime.now(UTC) - since).total_seconds(), 0.0))

    def seconds_until(self, count: int) -> float:
        """Seconds until so many more jobs have ended. An end that is overdue says that they have become slower."""
        return count * max(self.gap, _OVERDUE * self.since) - self.since


def _gaps(ended: Sequence[FinishedJob]) -> list[float]:
    """Seconds between the end of each job and the one before, or since it was created where nothing else was left."""
    starts = [ended[0].started_at, *(max(previous.finished_at, job.created_at) for previous, job in pairwise(ended))]
    return [max((job.finished_at - start).total_seconds(), 0.0) for start, job in zip(starts, ended, strict=True)]


def _ratio(seconds: Sequence[float], counts: Sequence[int], fading: float = _FADING) -> float:
    """Seconds for each of the counted, by weights that fade from the last to the first."""
    weights: list[float] = [fading**age for age in reversed(range(len(seconds)))]
    spent = sum(weight * one for weight, one in zip(weights, seconds, strict=True))
    return spent / sum(weight * one for weight, one in zip(weights, counts, strict=True))


def describe(session: Session, job: StoredJob, *, with_records: bool = True) -> Job:
    """The job as its clients see it, with its queue position and the seconds left as far as they are known."""
    seen = view(session, job, with_records=with_records)
    if job.final:
        return seen
    queued = jobs.waiting(session, job) if job.state is JobState.QUEUED else []
    ahead = ahead_of(job.lane, job.request.tenant, queued)
    eta = _eta_by_itself(session, job)
    if eta is None:
        eta = _eta_by_others(session, job, seen.progress, ahead.pairs)
    rounded = None if eta is None else round(eta, 2)
    return seen.model_copy(update={"queue_position": ahead.jobs, "eta_seconds": rounded})


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


def _eta_by_others(session: Session, job: StoredJob, progress: float, ahead: float) -> float | None:
    """By the pace of recent jobs, those of the same kind if there are any; `ahead` pairs come first."""
    overall, alike = Pace.of(session), Pace.of(session, job.kind)
    run = alike.run if alike.run is not None else overall.run
    if overall.gap is None or run is None:
        return None
    return ahead * overall.gap + run * job.request.pairs * (1 - progress)
