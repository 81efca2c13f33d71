"""The state machine of a job and its stages: which moves there are, and what follows from each.

job:    queued -> running -> succeeded | failed | cancelled | expired
stage:  queued -> running -> succeeded | failed | cancelled, or back to queued

Every function that changes a job runs in the transaction that locked it (`lock_attempt`, `store.jobs.lock`).
"""

import uuid
from contextlib import suppress
from datetime import UTC, datetime

from gateway.pipeline import isolation
from gateway.pipeline.stage_table import stages_of
from gateway.store.database import Session
from gateway.store.isolation import dead_letters
from gateway.store.jobs import changes, events, jobs, pairs, stages
from gateway.store.values import Attempt, JobRequest, QueuedStage, Stage, StoredJob, Turn
from gateway.store.webhooks import outbox
from imgdiff.errors import NotFound, StageFailed
from imgdiff.jobs import JobKind, JobState, StageState
from imgdiff.problems import Problem
from imgdiff.records import Reason
from imgdiff.webhooks.documents import EventType

MAX_PAUSE_SECONDS = 15.0  # before a stage is queued again; chosen, not measured
_FIRST_PAUSE_SECONDS = 0.5  # grows with every attempt or deferral; chosen, not measured
_PAIR_FAILED = Reason(code="pair.failed")


def retry_pause(attempts: int) -> float:
    """Seconds before a stage that failed so often is tried again."""
    return min(_FIRST_PAUSE_SECONDS * attempts, MAX_PAUSE_SECONDS)


def deferral_pause(deferrals: int) -> float:
    """Seconds before a stage whose service was away so often is tried again: doubled each time, up to the limit."""
    return min(_FIRST_PAUSE_SECONDS * 2.0 ** min(deferrals - 1, 10), MAX_PAUSE_SECONDS)


def submit(
    session: Session, request: JobRequest, deadline_at: datetime, account: str | None = None, turn: Turn | None = None
) -> tuple[StoredJob, list[QueuedStage]]:
    """A new job with its pairs, and the stages to start with; its dataset must exist.

    `account` is that of the key whose quota it counts to, if that has one.
    """
    job_id, now = f"job_{uuid.uuid4().hex}", datetime.now(UTC)
    job = jobs.add(session, job_id, request, now, deadline_at, turn or Turn(), account)
    pairs.add_all(session, job.id, request)
    first, count = stages_of(request.kind)[0], min(request.pairs, request.edits_in_flight)
    queued = [stages.add(session, job, index, first) for index in range(count)]
    _publish(session, job, "state")
    return job, queued


def begin(session: Session, stage_id: str, lease_seconds: float) -> Attempt | None:
    """Start an attempt at a queued stage; None when there is nothing left to do for it."""
    job_id = stages.job_of(session, stage_id)
    if job_id is None:
        return None
    return start(session, jobs.lock(session, job_id), stages.get(session, stage_id), lease_seconds)


def go_on(session: Session, job: StoredJob, following: QueuedStage, lease_seconds: float) -> Attempt | None:
    """Start an attempt at a stage that was just added, without a message for it; None where it has to wait."""
    stages.take_off(session, following.stage_id)
    return start(session, job, stages.get(session, following.stage_id), lease_seconds)


def start(session: Session, job: StoredJob, stage: Stage, lease_seconds: float) -> Attempt | None:
    """Start an attempt at a stage of a locked job; None where it has ended, runs, or must wait for its quarantine."""
    if stage.state is not StageState.QUEUED or job.final or not isolation.may_start(session, stage):
        return None
    now = datetime.now(UTC)
    attempt = stages.start(session, stage, now, lease_seconds)
    if job.state is JobState.QUEUED:
        _publish(session, jobs.start(session, job, now), "state")
    else:
        _publish(session, job, "stage")
    return attempt


def lock_attempt(session: Session, attempt: Attempt) -> tuple[StoredJob, Stage] | None:
    """The locked job and the stage of an attempt that may write its result; None when it no longer counts."""
    with suppress(NotFound):  # the job was cancelled and its dataset deleted
        job = jobs.lock(session, attempt.job_id)
        stage = stages.held(session, attempt)
        return None if stage is None else (job, stage)
    return None


def advance(session: Session, job: StoredJob) -> list[QueuedStage]:
    """Start further edits where there is room; end the job when none of its stages is open."""
    queued = _start_edits(session, job) if job.kind is JobKind.SYNTHESIS else []
    if stages.count_open(session, job.id):
        _publish(session, job, "stage")
    else:
        end(session, job, JobState.SUCCEEDED)
    return queued


def refuse(session: Session, job: StoredJob, stage: Stage, error: Problem) -> list[QueuedStage]:
    """The service will not do it. A refusal of the first stage holds for every pair of the job, so the job fails."""
    if stage.name is not stages_of(job.kind)[0]:
        return fail(session, job, stage, error)
    stages.fail(session, stage, error)
    end(session, job, JobState.FAILED, error)
    return []


def fail(session: Session, job: StoredJob, stage: Stage, error: Problem) -> list[QueuedStage]:
    """The stage cannot be done. A synthesis gives up the pair and goes on while others are left; another job fails."""
    stages.fail(session, stage, error)
    if job.kind is JobKind.SYNTHESIS:
        pairs.give_up(session, job.id, stage.pair, _PAIR_FAILED)
        if not all(_PAIR_FAILED in (pair.reasons or ()) for pair in pairs.of_job(session, job.id)):
            return advance(session, job)
    end(session, job, JobState.FAILED, error)
    return []


def defer(session: Session, job: StoredJob, stage: Stage, pause: float | None = None) -> list[QueuedStage]:
    """Queue the stage again without counting the attempt: its service was away, or its worker stops."""
    later = stage.model_copy(update={"attempts": stage.attempts - 1, "deferrals": stage.deferrals + 1})
    chosen = deferral_pause(later.deferrals) if pause is None else min(pause, MAX_PAUSE_SECONDS)
    stages.requeue(session, later, chosen)
    _publish(session, job, "stage")
    return []


def retry(session: Session, job: StoredJob, stage: Stage, why: str, max_attempts: int) -> list[QueuedStage]:
    """Queue the stage again, or fail it after its last attempt."""
    if stage.attempts < max_attempts:
        stages.requeue(session, stage, retry_pause(stage.attempts))
        _publish(session, job, "stage")
        return []
    detail = f"{stage.name} was started {stage.attempts} times and never finished: {why}"
    return _give_up(session, job, stage, detail)


def isolate(session: Session, job: StoredJob, stage: Stage, why: str, *, shared: bool = False) -> list[QueuedStage]:
    """Queue the stage again, to run alone, after its service or worker broke down; or fail it when it is the cause.

    `shared` says that other attempts ended with the same process. Only the attempt that condemns the stage counts.
    """
    judgement = isolation.judge(session, job, stage, shared=shared)
    stages.suspect(session, judgement.stage)
    if judgement.condemned:
        deaths, alone = judgement.stage.deaths, judgement.stage.deaths_alone
        detail = f"{stage.name} broke down {deaths} times on this, {alone} times with nothing else to do: {why}"
        return _give_up(session, job, judgement.stage, detail)
    _publish(session, job, "stage")
    return []


def _give_up(session: Session, job: StoredJob, stage: Stage, detail: str) -> list[QueuedStage]:
    """Fail a stage that was never refused, and keep it as a dead letter."""
    problem = StageFailed(detail).problem(f"/v1/jobs/{job.id}")
    dead_letters.add(session, job, stage, problem)
    return fail(session, job, stage, problem)


def end(session: Session, job: StoredJob, state: JobState, error: Problem | None = None) -> None:
    """End the job and cancel its open stages; a job that has ended stays as it is."""
    if job.final:
        return
    now = datetime.now(UTC)
    if state is not JobState.SUCCEEDED:  # which it is only when no stage is open
        stages.cancel_open(session, job.id, now)
    ended = jobs.end(session, job, state, error, now)
    _publish(session, ended, "state")
    outbox.note(session, job.request.tenant, EventType(f"imgdiff.job.{state}"), job.id, job.request.options.webhook)


def _start_edits(session: Session, job: StoredJob) -> list[QueuedStage]:
    """The first stage of the pairs that wait for their first or next round, as many as there is room for."""
    name = stages_of(job.kind)[0]
    room = max(0, job.request.edits_in_flight - stages.count_open(session, job.id, name))
    waiting = pairs.not_begun(session, job.id, name, room)
    return [stages.add(session, job, index, name, number) for index, number in waiting]


def _publish(session: Session, job: StoredJob, kind: str) -> None:
    """Store an event: the job's state, and what this transaction has changed since its last event."""
    events.add(session, job.id, kind, {"state": job.state.value, **changes.take(session, job.id)})
