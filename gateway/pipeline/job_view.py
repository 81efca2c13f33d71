"""A job as its clients see it."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from gateway.pipeline.stage_table import stages_of
from gateway.store import pairs, records, stages
from gateway.store.database import Session
from gateway.store.values import PairStatus, Stage, StoredJob
from imgdiff.jobs import FINAL, Job, JobLinks, JobState, Rejected, StageName, StageState, StageStatus
from imgdiff.records import Record

_OVER = frozenset({StageState.SUCCEEDED, StageState.FAILED})


def view(session: Session, job: StoredJob, *, with_records: bool = True) -> Job:
    """The job now, without queue position and ETA; `estimates.describe` adds them."""
    of_stages, of_pairs = stages.of_job(session, job.id), pairs.of_job(session, job.id)
    kept = records.of_job(session, job.id) if with_records and job.state is JobState.SUCCEEDED else ()
    return _view(job, of_stages, of_pairs, kept)


def views(session: Session, some: Sequence[StoredJob]) -> tuple[Job, ...]:
    """Several jobs without their records."""
    ids = [job.id for job in some]
    of_stages: defaultdict[str, list[Stage]] = defaultdict(list)
    of_pairs: defaultdict[str, list[PairStatus]] = defaultdict(list)
    for stage in stages.of_jobs(session, ids):
        of_stages[stage.job_id].append(stage)
    for pair in pairs.of_jobs(session, ids):
        of_pairs[pair.job_id].append(pair)
    return tuple(_view(job, of_stages[job.id], of_pairs[job.id], ()) for job in some)


def _view(job: StoredJob, of_stages: Sequence[Stage], of_pairs: Sequence[PairStatus], kept: tuple[Record, ...]) -> Job:
    names, path = stages_of(job.kind), f"/v1/jobs/{job.id}"
    done = _done(names, of_stages, of_pairs)
    succeeded = job.state is JobState.SUCCEEDED
    return Job(
        id=job.id,
        kind=job.kind,
        state=job.state,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        progress=1.0 if succeeded else len(done) / (job.request.pairs * len(names)),
        stages=tuple(
            _status(
                name,
                [stage for stage in of_stages if stage.name is name],
                done=done.count(name) == job.request.pairs,
                job=job.state,
            )
            for name in names
        ),
        records=kept,
        rejected=tuple(
            Rejected(index=pair.index, reasons=pair.reasons) for pair in of_pairs if pair.reasons is not None
        ),
        error=job.error,
        metadata=job.request.options.metadata,
        links=JobLinks(self=path, events=f"{path}/events", cancel=path),
    )


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
    )


def _state(states: set[StageState], *, done: bool, job: JobState) -> StageState:
    """One state for a stage of many pairs; a pair that failed makes it failed only if it made the job fail."""
    if job is JobState.FAILED and StageState.FAILED in states:
        return StageState.FAILED
    if job is JobState.SUCCEEDED or (done and states):
        return StageState.SUCCEEDED
    if job in FINAL:
        return StageState.CANCELLED
    if not states:
        return StageState.PENDING
    return StageState.RUNNING if states & {StageState.RUNNING, *_OVER} else StageState.QUEUED
