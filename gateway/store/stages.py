"""Stages: taken up by one worker at a time, handed back, finished. A token fences off whoever lost its turn."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from gateway.store import jobs
from gateway.store.requests import JobRequest
from gateway.store.tables import JobRow, PairRow, StageRow
from imgdiff.errors import StageFailed
from imgdiff.jobs import JobKind, JobState, StageName, StageState
from imgdiff.problems import Problem
from imgdiff.records import Reason

_LONGEST_PAUSE = 15.0


@dataclass(frozen=True)
class Attempt:
    """One worker's turn at one stage."""

    stage_id: str
    job_id: str
    pair: int
    round: int
    name: StageName
    token: str
    number: int


@dataclass(frozen=True)
class Waiting:
    """A stage that is to be put on its queue."""

    stage_id: str
    name: StageName


def add(session: Session, job_id: str, pair: int, name: StageName, number: int = 0) -> Waiting:
    """A new stage of round `number`, counted as enqueued now: the caller puts it on its queue after the commit."""
    now = datetime.now(UTC)
    stage_id = f"stg_{uuid.uuid4().hex}"
    session.add(
        StageRow(
            id=stage_id, job_id=job_id, pair=pair, name=name.value, round=number, state=StageState.QUEUED.value,
            attempts=0, deferrals=0, due_at=now, enqueued_at=now,
        )
    )  # fmt: skip
    return Waiting(stage_id, name)


def begin(session: Session, stage_id: str, lease_seconds: float) -> Attempt | None:
    """Take a queued stage up; None when there is nothing (more) to do for it."""
    known = session.get(StageRow, stage_id)
    if known is None:
        return None
    job = jobs.lock(session, known.job_id)
    stage = session.get_one(StageRow, stage_id, populate_existing=True)
    if stage.state != StageState.QUEUED or job.state not in jobs.UNFINISHED:
        return None
    now = datetime.now(UTC)
    stage.state, stage.token, stage.attempts = StageState.RUNNING.value, secrets.token_hex(16), stage.attempts + 1
    stage.started_at, stage.lease_until = now, now + timedelta(seconds=lease_seconds)
    moved = job.state == JobState.QUEUED
    jobs.start(job, now)
    (jobs.note_state if moved else jobs.note_stage)(session, job)
    return Attempt(stage_id, job.id, stage.pair, stage.round, StageName(stage.name), stage.token, stage.attempts)


def holds(session: Session, attempt: Attempt) -> bool:
    """Whether this attempt is still the one that counts; false once the job was cancelled or has expired."""
    return session.scalar(select(StageRow.token).where(StageRow.id == attempt.stage_id)) == attempt.token


def renew(session: Session, attempt: Attempt, lease_seconds: float) -> bool:
    """Stay in charge for another lease; false when the stage is no longer ours."""
    until = datetime.now(UTC) + timedelta(seconds=lease_seconds)
    ours = (StageRow.id == attempt.stage_id, StageRow.token == attempt.token)
    renewed = session.execute(update(StageRow).where(*ours).values(lease_until=until).returning(StageRow.id))
    return renewed.first() is not None


def held(session: Session, attempt: Attempt) -> tuple[JobRow, StageRow] | None:
    """The locked job and the stage of an attempt that may write its result; None when its turn is over."""
    job = jobs.lock(session, attempt.job_id)
    stage = session.get_one(StageRow, attempt.stage_id, populate_existing=True)
    return (job, stage) if stage.token == attempt.token and stage.state == StageState.RUNNING else None


def succeed(stage: StageRow, result: dict[str, object]) -> None:
    """The stage is done, and this is what it gave."""
    _leave(stage, StageState.SUCCEEDED)
    stage.result, stage.finished_at = result, datetime.now(UTC)
    stage.seconds = (stage.finished_at - (stage.started_at or stage.finished_at)).total_seconds()


def refuse(session: Session, job: JobRow, stage: StageRow, error: Problem) -> list[Waiting]:
    """The service will not do it. What editing refuses it refuses for every pair of the order: the job fails."""
    if stage.name != StageName.EDITING:
        return fail(session, job, stage, error)
    _failed_with(stage, error)
    jobs.end(session, job, JobState.FAILED, error)
    return []


def fail(session: Session, job: JobRow, stage: StageRow, error: Problem) -> list[Waiting]:
    """The stage cannot be done. A synthesis gives this pair up and goes on with the others; else the job fails."""
    _failed_with(stage, error)
    if job.kind == JobKind.SYNTHESIS:
        pairs = session.scalars(select(PairRow).where(PairRow.job_id == job.id)).all()
        for pair in pairs:
            if pair.pair == stage.pair:
                pair.reasons = [Reason(code="pair.failed").model_dump(mode="json")]
        if not all(_failed(pair) for pair in pairs):
            return go_on(session, job)
    jobs.end(session, job, JobState.FAILED, error)
    return []


def go_on(session: Session, job: JobRow) -> list[Waiting]:
    """Further edits where there is room; the job has succeeded when none of its stages is open any more."""
    session.flush()
    further = _further_edits(session, job) if job.kind == JobKind.SYNTHESIS else []
    session.flush()
    still = (StageRow.job_id == job.id, StageRow.state.in_(jobs.OPEN))
    if session.scalar(select(func.count()).where(*still)):
        jobs.note_stage(session, job)
    else:
        jobs.end(session, job, JobState.SUCCEEDED)
    return further


def _further_edits(session: Session, job: JobRow) -> list[Waiting]:
    """The first or the next try of pairs that wait for one, as many as there is room for."""
    editing = (StageRow.job_id == job.id, StageRow.name == StageName.EDITING.value)
    busy = session.scalar(select(func.count()).where(*editing, StageRow.state.in_(jobs.OPEN))) or 0
    room = max(0, JobRequest.model_validate(job.request).edits_in_flight - busy)
    begun = exists().where(*editing, StageRow.pair == PairRow.pair, StageRow.round == PairRow.round)
    wanted = (PairRow.job_id == job.id, PairRow.reasons.is_(None), ~begun)
    waiting = select(PairRow.pair, PairRow.round).where(*wanted).order_by(PairRow.pair).limit(room)
    tries = session.execute(waiting).all()
    return [add(session, job.id, pair, StageName.EDITING, number) for pair, number in tries]


def _failed_with(stage: StageRow, error: Problem) -> None:
    _leave(stage, StageState.FAILED)
    stage.error, stage.finished_at = error.model_dump(mode="json"), datetime.now(UTC)


def _failed(pair: PairRow) -> bool:
    return any(reason["code"] == "pair.failed" for reason in pair.reasons or ())


def defer(session: Session, job: JobRow, stage: StageRow, pause: float | None = None) -> list[Waiting]:
    """Back to the queue after a pause, without counting the attempt: the fault was not the pair's; none waits now."""
    stage.attempts -= 1
    stage.deferrals += 1
    _requeue(stage, pause if pause is not None else min(0.5 * 2.0 ** min(stage.deferrals - 1, 10), _LONGEST_PAUSE))
    jobs.note_stage(session, job)
    return []


def retry(session: Session, job: JobRow, stage: StageRow, why: str, max_attempts: int) -> list[Waiting]:
    """Back to the queue with the attempt counted; at the last one the job fails and says why."""
    if stage.attempts < max_attempts:
        _requeue(stage, 0.5 * stage.attempts)
        jobs.note_stage(session, job)
        return []
    detail = f"{stage.name} was started {stage.attempts} times and never finished: {why}"
    return fail(session, job, stage, StageFailed(detail).problem(f"/v1/jobs/{job.id}"))


def _requeue(stage: StageRow, pause: float) -> None:
    _leave(stage, StageState.QUEUED)
    stage.enqueued_at, stage.due_at = None, datetime.now(UTC) + timedelta(seconds=min(pause, _LONGEST_PAUSE))


def _leave(stage: StageRow, state: StageState) -> None:
    stage.state, stage.token, stage.lease_until = state.value, None, None
