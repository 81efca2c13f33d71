"""Rows of a batch's lines: stored in chunks, started, ended, read in order."""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import func, insert, select, update

from gateway.store.batches.tables import BatchLineRow
from gateway.store.batches.values import LineState, NewLine, WaitingLine
from gateway.store.database import Session
from gateway.store.reviews.merging import complete
from gateway.store.tables import JobRow, PairRow, RecordRow
from gateway.store.values import JobRequest
from imgdiff.errors import ImgdiffError, NotFound, WorkCancelled
from imgdiff.jobs import FINAL, JobState
from imgdiff.problems import Problem

_FINAL = {state.value for state in FINAL}
_WITH_ERROR = (LineState.FAILED.value, LineState.REJECTED.value)


def known(session: Session, batch: int, custom_ids: Collection[str]) -> dict[str, int]:
    """The lines that have one of these ids."""
    ours = (BatchLineRow.batch == batch, BatchLineRow.custom_id.in_(custom_ids))
    return {str(custom_id): line for custom_id, line in session.execute(_ID_AND_LINE.where(*ours))}


def add_all(session: Session, batch: int, lines: Sequence[NewLine]) -> None:
    """Store lines, waiting or rejected."""
    if lines:
        session.execute(insert(BatchLineRow), [_values(batch, line) for line in lines])


def waiting(session: Session, batch: int, limit: int) -> list[WaitingLine]:
    """The first lines without a job."""
    columns = (BatchLineRow.line, BatchLineRow.custom_id, BatchLineRow.request)
    where = (BatchLineRow.batch == batch, BatchLineRow.state == LineState.WAITING.value)
    rows = session.execute(select(*columns).where(*where).order_by(BatchLineRow.line).limit(limit))
    return [WaitingLine(line, str(custom_id), request or {}) for line, custom_id, request in rows]


def start(session: Session, batch: int, line: int, job: str) -> None:
    """Note the job of a line; job and note are committed together, so that no line has two."""
    _set(session, batch, line, {"state": LineState.STARTED.value, "job": job, "request": None})


def fail(session: Session, batch: int, line: int, error: Problem) -> None:
    """Mark a line whose job could not be created."""
    _set(session, batch, line, {"state": LineState.FAILED.value, "error": {"error": error.model_dump(mode="json")}})


def settle(session: Session, batch: int, *, cancelled: bool) -> dict[LineState, int]:
    """Note which of the started lines have ended; returns how many have ended in which state.

    `cancelled` tells whether the batch was: then cancelled jobs are its doing, and else a failure of their lines.
    """
    started = (BatchLineRow.batch == batch, BatchLineRow.state == LineState.STARTED.value)
    rows = select(BatchLineRow.line, JobRow.state).outerjoin(JobRow, JobRow.id == BatchLineRow.job).where(*started)
    ended: dict[str | None, list[int]] = {}
    for line, state in session.execute(rows).all():
        if state is None or state in _FINAL:
            ended.setdefault(state, []).append(line)
    counts: dict[LineState, int] = {}
    for final, numbers in ended.items():
        new, error = _outcome(final, cancelled)
        values = {"state": new.value} if error is None else {"state": new.value, "error": error}
        ours = (BatchLineRow.batch == batch, BatchLineRow.line.in_(numbers))
        session.execute(update(BatchLineRow).where(*ours).values(**values))
        counts[new] = counts.get(new, 0) + len(numbers)
    return counts


def _outcome(state: str | None, cancelled: bool) -> tuple[LineState, dict[str, Any] | None]:
    """State and error document of a line by the final state of its job; None where the job was deleted."""
    match state:
        case JobState.SUCCEEDED.value:
            return LineState.SUCCEEDED, None
        case JobState.CANCELLED.value if cancelled:
            return LineState.CANCELLED, None
        case JobState.CANCELLED.value:
            return LineState.FAILED, _document(WorkCancelled("the job was cancelled"))
        case None:
            return LineState.FAILED, _document(NotFound("the job was deleted with its dataset"))
        case _:
            return LineState.FAILED, None


def _document(error: ImgdiffError) -> dict[str, Any]:
    return {"error": error.problem().model_dump(mode="json")}


def started_jobs(session: Session, batch: int) -> list[str]:
    """Jobs of the lines that have one and have not ended."""
    started = (BatchLineRow.batch == batch, BatchLineRow.state == LineState.STARTED.value)
    return [str(job) for job in session.scalars(select(BatchLineRow.job).where(*started))]


def outputs(session: Session, batch: int, after: int, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` documents (`BatchOutput`) of finished lines after a line."""
    columns = (BatchLineRow.line, BatchLineRow.custom_id, BatchLineRow.job)
    done = (BatchLineRow.batch == batch, BatchLineRow.state == LineState.SUCCEEDED.value, BatchLineRow.line > after)
    found = session.execute(select(*columns).where(*done).order_by(BatchLineRow.line).limit(limit)).all()
    jobs = [str(job) for _, _, job in found]
    records = _by_job(jobs, session.execute(_RECORDS.where(RecordRow.job_id.in_(jobs))))
    given_up = _by_job(jobs, session.execute(_GIVEN_UP.where(PairRow.job_id.in_(jobs), PairRow.reasons.is_not(None))))
    whole = _whole_jobs(session, jobs)
    return [
        {
            "line": line,
            "custom_id": custom_id,
            "job": job,
            "records": [json.loads(complete(*stored)) for _, *stored in records[str(job)]],
            "rejected": [{"index": index, "reasons": reasons} for index, reasons in given_up[str(job)] if reasons],
            "deleted": job not in whole,
        }
        for line, custom_id, job in found
    ]


def _whole_jobs(session: Session, jobs: Collection[str]) -> set[str]:
    """Those of these jobs that exist with all their pairs: the pair of a deleted record is deleted, too."""
    counts = select(PairRow.job_id, func.count()).where(PairRow.job_id.in_(jobs)).group_by(PairRow.job_id)
    left = {str(job): count for job, count in session.execute(counts)}
    rows = session.execute(select(JobRow.id, JobRow.request).where(JobRow.id.in_(jobs)))
    return {job for job, request in rows if left.get(job) == JobRequest.model_validate(request).pairs}


def errors(session: Session, batch: int, after: int, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` documents (`BatchError`) of failed and rejected lines after a line."""
    columns = (BatchLineRow.line, BatchLineRow.custom_id, BatchLineRow.job, BatchLineRow.error, JobRow.error)
    query = select(*columns).outerjoin(JobRow, JobRow.id == BatchLineRow.job).order_by(BatchLineRow.line).limit(limit)
    pages = [
        session.execute(
            query.where(BatchLineRow.batch == batch, BatchLineRow.state == state, BatchLineRow.line > after)
        ).all()
        for state in _WITH_ERROR  # each by its index
    ]
    merged = sorted((row for page in pages for row in page), key=lambda row: row[0])[:limit]
    return [
        {"line": line, "custom_id": custom_id, "job": job, **(own or _of_job(of_job))}
        for line, custom_id, job, own, of_job in merged
    ]


_ID_AND_LINE = select(BatchLineRow.custom_id, BatchLineRow.line)
_OF_RECORD = (RecordRow.job_id, RecordRow.pair, RecordRow.document, RecordRow.shape, RecordRow.reviewed)
_RECORDS = select(*_OF_RECORD).order_by(RecordRow.job_id, RecordRow.pair)
_GIVEN_UP = select(PairRow.job_id, PairRow.pair, PairRow.reasons).order_by(PairRow.job_id, PairRow.pair)


def _by_job(jobs: Iterable[str], rows: Iterable[Any]) -> dict[str, list[tuple[Any, ...]]]:
    grouped: dict[str, list[tuple[Any, ...]]] = {job: [] for job in jobs}
    for job, *values in rows:
        grouped[job].append(tuple(values))
    return grouped


def _of_job(error: dict[str, Any] | None) -> dict[str, Any]:
    return _document(NotFound("the job was deleted with its dataset")) if error is None else {"error": error}


def _values(batch: int, line: NewLine) -> dict[str, Any]:
    state = LineState.WAITING if line.error is None else LineState.REJECTED
    return {
        "batch": batch,
        "line": line.line,
        "state": state.value,
        "custom_id": line.custom_id if line.error is None else None,
        "request": line.request,
        "error": line.error,
    }


def _set(session: Session, batch: int, line: int, values: dict[str, Any]) -> None:
    ours = (BatchLineRow.batch == batch, BatchLineRow.line == line)
    session.execute(update(BatchLineRow).where(*ours).values(**values))
