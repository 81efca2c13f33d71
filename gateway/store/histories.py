"""Pairs with everything their stages stored, in the order they were requested, read in chunks."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Text, cast, func, select

from gateway.store import pairs
from gateway.store.database import Session
from gateway.store.tables import JobRow, PairRow, RecordRow, StageRow
from gateway.store.values import JobRequest, Pair
from imgdiff.jobs import FINAL, JobState, StageName, StageState
from imgdiff.records import Verdict

_CHUNK = 200  # pairs read at a time; chosen, not measured


@dataclass(frozen=True)
class Selection:
    """Which jobs to read: all of a dataset, or those of the ids in `jobs`."""

    dataset: str | None = None
    jobs: Sequence[str] = ()


@dataclass(frozen=True)
class StoredStage:
    """One stage of one round of a pair; `result` is the stored JSON text."""

    name: StageName
    round: int
    state: StageState
    result: str | None


@dataclass(frozen=True)
class PairHistory:
    """One pair: its request, its stages, and the verdict of its record if it has one.

    `ended` says whether its job has ended.
    """

    pair: Pair
    request: JobRequest
    ended: bool
    verdict: Verdict | None
    stages: Sequence[StoredStage]


def count_jobs(session: Session, selection: Selection) -> int:
    """How many jobs there are."""
    return session.scalar(select(func.count()).where(_condition(selection))) or 0


def count_pairs(session: Session, selection: Selection) -> int:
    """How many pairs these jobs have."""
    counted = select(func.count()).select_from(PairRow).join(JobRow, JobRow.id == PairRow.job_id)
    return session.scalar(counted.where(_condition(selection))) or 0


def histories(session: Session, selection: Selection) -> Iterator[PairHistory]:
    """All pairs of these jobs."""
    requests: dict[str, tuple[JobRequest, bool]] = {}
    for rows in _chunks(session, selection):
        jobs = list(dict.fromkeys(row.job_id for row in rows))
        known = {job: requests[job] for job in jobs if job in requests}
        requests = known | _requests(session, [job for job in jobs if job not in known])
        within = (rows[0].pair, rows[-1].pair) if len(jobs) == 1 else None
        stages, verdicts = _stages(session, jobs, within), _verdicts(session, jobs)
        for row in rows:
            key = row.job_id, row.pair
            yield PairHistory(pairs.read(row), *requests[row.job_id], verdicts.get(key), stages[key])


def _chunks(session: Session, selection: Selection) -> Iterator[Sequence[PairRow]]:
    chosen = select(PairRow).join(JobRow, JobRow.id == PairRow.job_id).where(_condition(selection))
    ordered, position = chosen.order_by(PairRow.sequence), 0
    while rows := session.scalars(ordered.where(PairRow.sequence > position).limit(_CHUNK)).all():
        position = rows[-1].sequence
        yield rows


def _condition(selection: Selection) -> ColumnElement[bool]:
    return JobRow.id.in_(selection.jobs) if selection.dataset is None else JobRow.dataset == selection.dataset


def _requests(session: Session, jobs: Sequence[str]) -> dict[str, tuple[JobRequest, bool]]:
    """The request of each job, and whether the job has ended."""
    rows = session.execute(select(JobRow.id, JobRow.request, JobRow.state).where(JobRow.id.in_(jobs)))
    return {job: (JobRequest.model_validate(request), JobState(state) in FINAL) for job, request, state in rows}


def _stages(
    session: Session, jobs: Sequence[str], within: tuple[int, int] | None
) -> defaultdict[tuple[str, int], list[StoredStage]]:
    """Stages in order, by job and pair; `within` limits a single job to a first and last pair."""
    row = StageRow
    columns = (row.job_id, row.pair, row.name, row.round, row.state, cast(row.result, Text))
    statement = select(*columns).where(StageRow.job_id.in_(jobs))
    if within is not None:
        statement = statement.where(StageRow.pair.between(*within))
    found: defaultdict[tuple[str, int], list[StoredStage]] = defaultdict(list)
    for job, pair, name, number, state, result in session.execute(statement):
        found[job, pair].append(StoredStage(StageName(name), number, StageState(state), result))
    order = list(StageName)
    for stages in found.values():
        stages.sort(key=lambda stage: (stage.round, order.index(stage.name)))
    return found


def _verdicts(session: Session, jobs: Sequence[str]) -> dict[tuple[str, int], Verdict]:
    columns = (RecordRow.job_id, RecordRow.pair, RecordRow.verdict)
    rows = session.execute(select(*columns).where(RecordRow.job_id.in_(jobs)))
    return {(job, pair): Verdict(verdict) for job, pair, verdict in rows}
