"""Pairs with everything their stages stored, in the order they were requested, read in chunks."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, Text, cast, func, select

from gateway.store.database import Session
from gateway.store.jobs import pairs
from gateway.store.tables import UNCOUNTED, JobRow, PairRow, RecordRow, StageRow, dataset_of_pair
from gateway.store.values import JobRequest, Pair
from imgdiff.jobs import FINAL, JobState, StageName, StageState
from imgdiff.records import Verdict

_CHUNK = 200  # pairs read at a time; chosen, not measured


@dataclass(frozen=True)
class Selection:
    """Which pairs to read: all of a dataset, those of the jobs in `jobs`, or those in `pairs`, by their sequences.

    With `uncounted` only those of the dataset that its counters do not include.
    """

    dataset: str | None = None
    jobs: Sequence[str] = ()
    pairs: Sequence[int] = ()
    uncounted: bool = False


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


def count_jobs(session: Session, dataset: str | None, job: str | None) -> int:
    """How many jobs a dataset has; one for a job."""
    condition = JobRow.id == job if job is not None else JobRow.dataset == dataset
    return session.scalar(select(func.count()).where(condition)) or 0


def count_pairs(session: Session, dataset: str) -> int:
    """How many pairs the jobs of a dataset have."""
    counted = select(func.count()).select_from(PairRow).join(JobRow, JobRow.id == PairRow.job_id)
    return session.scalar(counted.where(JobRow.dataset == dataset)) or 0


def histories(session: Session, selection: Selection) -> Iterator[PairHistory]:
    """All these pairs, in the order they were requested."""
    requests: dict[str, tuple[JobRequest, bool]] = {}
    for rows in _chunks(session, selection):
        jobs = list(dict.fromkeys(row.job_id for row in rows))
        known = {job: requests[job] for job in jobs if job in requests}
        requests = known | _requests(session, [job for job in jobs if job not in known])
        sequences = [row.sequence for row in rows]
        stages, verdicts = _stages(session, sequences), _verdicts(session, sequences)
        for row in rows:
            verdict = verdicts.get(row.sequence)
            yield PairHistory(pairs.read(row), *requests[row.job_id], verdict, stages[row.sequence])


def _chunks(session: Session, selection: Selection) -> Iterator[Sequence[PairRow]]:
    ordered, position = _select(selection).order_by(PairRow.sequence), 0
    while rows := session.scalars(ordered.where(PairRow.sequence > position).limit(_CHUNK)).all():
        position = rows[-1].sequence
        yield rows


def _select(selection: Selection) -> Select[PairRow]:
    chosen = select(PairRow)
    if selection.dataset is not None and selection.uncounted:
        chosen = chosen.where(UNCOUNTED, dataset_of_pair == selection.dataset)
    elif selection.dataset is not None:
        chosen = chosen.join(JobRow, JobRow.id == PairRow.job_id).where(JobRow.dataset == selection.dataset)
    elif selection.pairs:
        chosen = chosen.where(PairRow.sequence.in_(selection.pairs))
    else:
        chosen = chosen.where(PairRow.job_id.in_(selection.jobs))
    return chosen


def _requests(session: Session, jobs: Sequence[str]) -> dict[str, tuple[JobRequest, bool]]:
    """The request of each job, and whether the job has ended."""
    rows = session.execute(select(JobRow.id, JobRow.request, JobRow.state).where(JobRow.id.in_(jobs)))
    return {job: (JobRequest.model_validate(request), JobState(state) in FINAL) for job, request, state in rows}


def _stages(session: Session, sequences: Sequence[int]) -> defaultdict[int, list[StoredStage]]:
    """The stages of these pairs in order, by the pair's sequence."""
    row = StageRow
    columns = (PairRow.sequence, row.name, row.round, row.state, cast(row.result, Text))
    of_pair = (row.job_id == PairRow.job_id) & (row.pair == PairRow.pair)
    statement = select(*columns).select_from(row).join(PairRow, of_pair).where(PairRow.sequence.in_(sequences))
    found: defaultdict[int, list[StoredStage]] = defaultdict(list)
    for pair, name, number, state, result in session.execute(statement):
        found[pair].append(StoredStage(StageName(name), number, StageState(state), result))
    order = list(StageName)
    for stages in found.values():
        stages.sort(key=lambda stage: (stage.round, order.index(stage.name)))
    return found


def _verdicts(session: Session, sequences: Sequence[int]) -> dict[int, Verdict]:
    of_pair = (RecordRow.job_id == PairRow.job_id) & (RecordRow.pair == PairRow.pair)
    columns = select(PairRow.sequence, RecordRow.verdict).select_from(RecordRow).join(PairRow, of_pair)
    rows = session.execute(columns.where(PairRow.sequence.in_(sequences)))
    return {pair: Verdict(verdict) for pair, verdict in rows}
