"""A job as its clients see it, put together from its rows."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from gateway.store.requests import JobRequest
from gateway.store.tables import JobRow, PairRow, RecordRow, StageRow
from imgdiff.jobs import FINAL, Job, JobLinks, JobState, Rejected, StageName, StageState, StageStatus
from imgdiff.problems import Problem
from imgdiff.records import Reason, Record

# Results and edits hold masks: megabytes that no view needs, read anew for every event.
_STAGE = load_only(StageRow.pair, StageRow.name, StageRow.state, StageRow.attempts, StageRow.seconds)
_PAIR = load_only(PairRow.pair, PairRow.reasons)
_ENDED_WITH = {
    JobState.CANCELLED: StageState.CANCELLED,
    JobState.EXPIRED: StageState.CANCELLED,
    JobState.FAILED: StageState.CANCELLED,
}


def view(session: Session, row: JobRow, *, with_records: bool = True) -> Job:
    """The job now; queue position and ETA are added where they are asked for."""
    request = JobRequest.model_validate(row.request)
    stages = session.scalars(select(StageRow).where(StageRow.job_id == row.id).options(_STAGE)).all()
    given_up = select(PairRow).where(PairRow.job_id == row.id, PairRow.reasons.is_not(None))
    refused = session.scalars(given_up.options(_PAIR)).all()
    state = JobState(row.state)
    return Job(
        id=row.id,
        kind=request.kind,
        state=state,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        progress=_progress(request, state, stages, refused),
        stages=tuple(_status(name, request, state, stages, refused) for name in request.stages),
        records=_records(session, row) if with_records and state is JobState.SUCCEEDED else (),
        rejected=tuple(_rejected(pair) for pair in sorted(refused, key=lambda pair: pair.pair)),
        error=None if row.error is None else Problem.model_validate(row.error),
        metadata=request.options.metadata,
        links=links(row.id),
    )


def links(job_id: str) -> JobLinks:
    """Where a job's routes are."""
    path = f"/v1/jobs/{job_id}"
    return JobLinks(self=path, events=f"{path}/events", cancel=path)


def _records(session: Session, row: JobRow) -> tuple[Record, ...]:
    rows = session.scalars(select(RecordRow).where(RecordRow.job_id == row.id).order_by(RecordRow.pair))
    return tuple(Record.model_validate(found.document) for found in rows)


def _rejected(pair: PairRow) -> Rejected:
    return Rejected(index=pair.pair, reasons=tuple(Reason.model_validate(reason) for reason in pair.reasons or ()))


def _progress(request: JobRequest, state: JobState, stages: Sequence[StageRow], refused: Sequence[PairRow]) -> float:
    """Stages done of all there will be; those that a refused pair never needed count as done.

    A stage that is done again in another round stays done, so that progress never falls.
    """
    if state is JobState.SUCCEEDED:
        return 1.0
    done = {(row.pair, row.name) for row in stages if row.state in {StageState.SUCCEEDED, StageState.FAILED}}
    spared = {(pair.pair, name.value) for pair in refused for name in request.stages}
    return len(done | spared) / (request.pairs * len(request.stages))


def _status(
    name: StageName, request: JobRequest, state: JobState, stages: Sequence[StageRow], refused: Sequence[PairRow]
) -> StageStatus:
    rows = [row for row in stages if row.name == name.value]
    expected = request.pairs - _refused_before(rows, refused)
    reached = {row.pair for row in rows}
    known = [row.seconds for row in rows if row.seconds is not None]
    return StageStatus(
        name=name,
        state=_state({StageState(row.state) for row in rows}, len(reached) >= expected, state),
        attempts=sum(row.attempts for row in rows),
        seconds=round(sum(known), 3) if known else None,
    )


def _refused_before(rows: Sequence[StageRow], refused: Sequence[PairRow]) -> int:
    """Pairs that were given up before they came to this stage."""
    reached = {row.pair for row in rows}
    return sum(pair.pair not in reached for pair in refused)


def _state(states: set[StageState], complete: bool, job: JobState) -> StageState:
    """One state for a stage of many pairs."""
    if StageState.FAILED in states and job is not JobState.SUCCEEDED:
        return StageState.FAILED
    if job in FINAL and job is not JobState.SUCCEEDED and not (complete and states == {StageState.SUCCEEDED}):
        return _ENDED_WITH[job]
    if job is JobState.SUCCEEDED or (complete and states == {StageState.SUCCEEDED}):
        return StageState.SUCCEEDED
    if not states:
        return StageState.PENDING
    if StageState.RUNNING in states or StageState.SUCCEEDED in states:
        return StageState.RUNNING
    return StageState.QUEUED
