"""A job as its clients see it, put together from its rows."""

from collections.abc import Sequence
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from gateway.store.requests import JobRequest
from gateway.store.tables import JobRow, PairRow, RecordRow, StageRow
from imgdiff.jobs import FINAL, Job, JobLinks, JobState, Rejected, StageName, StageState, StageStatus
from imgdiff.problems import Problem
from imgdiff.records import Reason, Record

# Results and edits hold masks: megabytes that no view needs, read anew for every event.
_STAGE = load_only(
    StageRow.pair, StageRow.name, StageRow.round, StageRow.state, StageRow.attempts, StageRow.seconds
)  # fmt: skip
_PAIR = load_only(PairRow.pair, PairRow.round, PairRow.reasons)
_OVER = frozenset({StageState.SUCCEEDED, StageState.FAILED})


def view(session: Session, row: JobRow, *, with_records: bool = True) -> Job:
    """The job now; queue position and ETA are added where they are asked for."""
    request = JobRequest.model_validate(row.request)
    stages = session.scalars(select(StageRow).where(StageRow.job_id == row.id).options(_STAGE)).all()
    pairs = session.scalars(select(PairRow).where(PairRow.job_id == row.id).order_by(PairRow.pair).options(_PAIR)).all()
    state = JobState(row.state)
    done = _done(request, stages, pairs)
    return Job(
        id=row.id,
        kind=request.kind,
        state=state,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        progress=1.0 if state is JobState.SUCCEEDED else len(done) / (request.pairs * len(request.stages)),
        stages=tuple(
            _status(name, [stage for stage in stages if stage.name == name], done.count(name) == request.pairs, state)
            for name in request.stages
        ),
        records=_records(session, row) if with_records and state is JobState.SUCCEEDED else (),
        rejected=tuple(_rejected(pair) for pair in pairs if pair.reasons is not None),
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


def _done(request: JobRequest, stages: Sequence[StageRow], pairs: Sequence[PairRow]) -> list[str]:
    """The name of every stage that is behind, once for each pair; of a pair that was given up all are.

    What another round does again stays done once it was left behind, so that nothing is seen to go back.
    """
    rounds = {pair.pair: pair.round for pair in pairs}
    before = dict(pairwise(reversed(request.stages)))
    left = {(row.pair, before[StageName(row.name)].value) for row in stages if row.name in before}
    over = {(row.pair, row.name) for row in stages if row.state in _OVER and row.round == rounds.get(row.pair, 0)}
    spared = {(pair.pair, name.value) for pair in pairs if pair.reasons is not None for name in request.stages}
    return [name for _, name in left | over | spared]


def _status(name: StageName, rows: Sequence[StageRow], done: bool, job: JobState) -> StageStatus:
    known = [row.seconds for row in rows if row.seconds is not None]
    return StageStatus(
        name=name,
        state=_state({StageState(row.state) for row in rows}, done, job),
        attempts=sum(row.attempts for row in rows),
        seconds=round(sum(known), 3) if known else None,
    )


def _state(states: set[StageState], done: bool, job: JobState) -> StageState:
    """One state for a stage of many pairs; a pair that could not be done fails it only where it fails the job."""
    if job is JobState.FAILED and StageState.FAILED in states:
        return StageState.FAILED
    if job is JobState.SUCCEEDED or (done and states):
        return StageState.SUCCEEDED
    if job in FINAL:
        return StageState.CANCELLED
    if not states:
        return StageState.PENDING
    return StageState.RUNNING if states & {StageState.RUNNING, *_OVER} else StageState.QUEUED
