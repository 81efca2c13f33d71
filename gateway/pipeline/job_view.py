"""A job as its clients see it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gateway.pipeline.stage_table import stages_of
from gateway.store import records
from gateway.store.database import Session
from gateway.store.jobs import pairs, stages
from gateway.store.values import PairStatus, Stage, StageSum, StoredJob
from imgdiff.jobs import FINAL, Job, JobLinks, JobState, Rejected, StageName, StageState, StageStatus

_OVER = frozenset({StageState.SUCCEEDED, StageState.FAILED})


def view(session: Session, job: StoredJob, *, with_records: bool = True) -> Job:
    """The job now, without queue position and ETA; `estimates.describe` adds them."""
    (seen,) = views(session, (job,))
    if with_records and job.state is JobState.SUCCEEDED:
        return seen.model_copy(update={"records": records.of_job(session, job.id)})
    return seen


def views(session: Session, some: Sequence[StoredJob]) -> tuple[Job, ...]:
    """Several jobs without their records; of those that have succeeded, not every pair and stage is read."""
    done = [job.id for job in some if job.state is JobState.SUCCEEDED]
    others = [job.id for job in some if job.state is not JobState.SUCCEEDED]
    of_stages: defaultdict[str, list[Stage]] = defaultdict(list)
    of_pairs: defaultdict[str, list[PairStatus]] = defaultdict(list)
    sums: defaultdict[str, dict[StageName, StageSum]] = defaultdict(dict)
    for stage in stages.of_jobs(session, others):
        of_stages[stage.job_id].append(stage)
    for pair in (*pairs.of_jobs(session, others), *pairs.given_up(session, done)):
        of_pairs[pair.job_id].append(pair)
    for total in stages.sums(session, done):
        sums[total.job_id][total.name] = total
    return tuple(
        _view(
            job,
            _conclude(job, sums[job.id])
            if job.state is JobState.SUCCEEDED
            else _measure(job, of_stages[job.id], of_pairs[job.id]),
            of_pairs[job.id],
        )
        for job in some
    )


def compose(job: StoredJob, of_stages: Sequence[Stage], of_pairs: Sequence[PairStatus]) -> Job:
    """A job that has not ended, from its stages and its pairs in order."""
    return _view(job, _measure(job, of_stages, of_pairs), of_pairs)


@dataclass(frozen=True)
class _Progress:
    share: float
    stages: tuple[StageStatus, ...]


def _view(job: StoredJob, progress: _Progress, of_pairs: Sequence[PairStatus]) -> Job:
    path = f"/v1/jobs/{job.id}"
    return Job(
        id=job.id,
        kind=job.kind,
        state=job.state,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        progress=progress.share,
        stages=progress.stages,
        rejected=tuple(
            Rejected(index=pair.index, reasons=pair.reasons) for pair in of_pairs if pair.reasons is not None
        ),
        error=job.error,
        metadata=job.request.options.metadata,
        links=JobLinks(self=path, events=f"{path}/events", cancel=path),
    )


def _conclude(job: StoredJob, sums: Mapping[StageName, StageSum]) -> _Progress:
    """Of a job that has succeeded: every stage is done."""
    return _Progress(1.0, tuple(_succeeded(name, sums.get(name)) for name in stages_of(job.kind)))


def _succeeded(name: StageName, total: StageSum | None) -> StageStatus:
    attempts, seconds, cached = (0, None, 0) if total is None else (total.attempts, total.seconds, total.cached)
    rounded = None if seconds is None else round(seconds, 3)
    return StageStatus(name=name, state=StageState.SUCCEEDED, attempts=attempts, seconds=rounded, cached=cached)


def _measure(job: StoredJob, of_stages: Sequence[Stage], of_pairs: Sequence[PairStatus]) -> _Progress:
    """Of another job."""
    names = stages_of(job.kind)
    done = _done(names, of_stages, of_pairs)
    statuses = tuple(
        _status(
            name,
            [stage for stage in of_stages if stage.name is name],
            done=done.count(name) == job.request.pairs,
            job=job.state,
        )
        for name in names
    )
    return _Progress(len(done) / (job.request.pairs * len(names)), statuses)


def _done(names: Sequence[StageName], of_stages: Sequence[Stage], of_pairs: Sequence[PairStatus]) -> list[StageName]:
    """The name of every finished stage, one entry for each pair; a pair that was given up has finished them all.

    A stage that a pair has left stays finished while another round repeats it, so that progress never goes back.
    """
    rounds = {pair.index: pair.round for pair in of_pairs}
    before = dict(pairwise(reversed(names)))
    left = {(stage.pair, before[stage.name]) for stage in of_stages if stage.name in before}
    over = {
        (stage.pair, stage.name)
        for stage in of_stages
        if stage.state in _OVER and stage.round == rounds.get(stage.pair, 0)
    }
    given_up = {(pair.index, name) for pair in of_pairs if pair.reasons is not None for name in names}
    return [name for _, name in left | over | given_up]


def _status(name: StageName, of_stages: Sequence[Stage], *, done: bool, job: JobState) -> StageStatus:
    seconds = [stage.seconds for stage in of_stages if stage.seconds is not None]
    return StageStatus(
        name=name,
        state=_state({stage.state for stage in of_stages}, done=done, job=job),
        attempts=sum(stage.attempts for stage in of_stages),
        seconds=round(sum(seconds), 3) if seconds else None,
        cached=sum(stage.cached for stage in of_stages),
    )


def _state(states: set[StageState], *, done: bool, job: JobState) -> StageState:
    """One state for a stage of many pairs; a pair that failed makes it failed only if it made the job fail."""
    if job is JobState.FAILED and StageState.FAILED in states:
        return StageState.FAILED
    if done and states:
        return StageState.SUCCEEDED
    if job in FINAL:
        return StageState.CANCELLED
    if not states:
        return StageState.PENDING
    return StageState.RUNNING if states & {StageState.RUNNING, *_OVER} else StageState.QUEUED
