"""Rows of pairs, uploaded with the request or made by editing in one or more rounds."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import Row, bindparam, exists, insert, select, type_coerce, update

from gateway.store.database import Session
from gateway.store.execution import execute, table_of
from gateway.store.jobs import changes
from gateway.store.tables import JsonText, PairRow, RecordRow, StageRow
from gateway.store.values import JobRequest, Pair, PairStatus, Rejection
from imgdiff.jobs import StageName
from imgdiff.records import AssetId, Edit, Reason

_PAIRS = table_of(PairRow)
_OF_JOB = _PAIRS.c.job_id == bindparam("job")
_ADD = insert(_PAIRS)
_GET = select(*_PAIRS.c).where(_OF_JOB, _PAIRS.c.pair == bindparam("index"))
_STATUS = (_PAIRS.c.job_id, _PAIRS.c.pair, _PAIRS.c.round, _PAIRS.c.reasons)
_OF_JOBS = select(*_STATUS).where(_PAIRS.c.job_id.in_(bindparam("jobs", expanding=True))).order_by(_PAIRS.c.pair)
_GIVEN_UP = _OF_JOBS.where(_PAIRS.c.reasons.is_not(None))
_SAVED = ("round", "image1", "image2", "caption1", "caption2")
_DOCUMENTS = ("edit", "reasons", "tries")
_SAVE = (
    update(_PAIRS)
    .where(_PAIRS.c.sequence == bindparam("this"))
    .values(
        {
            **{name: bindparam(f"new_{name}") for name in _SAVED},
            **{name: type_coerce(bindparam(f"new_{name}"), JsonText) for name in _DOCUMENTS},
        }
    )
)
_STAGE_BEGUN = exists().where(
    StageRow.job_id == _PAIRS.c.job_id,
    StageRow.name == bindparam("name"),
    StageRow.pair == _PAIRS.c.pair,
    StageRow.round == _PAIRS.c.round,
)
_NOT_BEGUN = (
    select(_PAIRS.c.pair, _PAIRS.c.round)
    .where(_OF_JOB, _PAIRS.c.reasons.is_(None), ~_STAGE_BEGUN)
    .order_by(_PAIRS.c.pair)
    .limit(bindparam("most"))
)


def add_all(session: Session, job_id: str, request: JobRequest) -> None:
    """The pairs of a new job."""
    options = request.options
    alike = {
        "job_id": job_id,
        "image1": request.image1,
        "image2": request.image2,
        "caption1": options.caption1,
        "caption2": options.caption2,
    }
    execute(session, _ADD, [{**alike, "pair": index} for index in range(request.pairs)])


def get(session: Session, job_id: str, index: int) -> Pair:
    """One pair of a job."""
    return read(execute(session, _GET, {"job": job_id, "index": index}).one())


def read(row: PairRow | Row[Any]) -> Pair:
    """The pair in a row."""
    return Pair(
        sequence=row.sequence,
        job_id=row.job_id,
        index=row.pair,
        round=row.round,
        image1=row.image1,
        image2=row.image2,
        caption1=row.caption1,
        caption2=row.caption2,
        edit=None if row.edit is None else Edit.model_validate(row.edit),
        reasons=_reasons(row.reasons),
        rejections=tuple(Rejection.model_validate(one) for one in row.tries or ()),
    )


def save(session: Session, pair: Pair) -> None:
    """Write a changed pair back."""
    edit = None if pair.edit is None else pair.edit.model_dump_json()
    documents = {"edit": edit, "reasons": _text(pair.reasons), "tries": _text(pair.rejections or None)}
    values = {name: getattr(pair, name) for name in _SAVED} | documents
    execute(session, _SAVE, {"this": pair.sequence, **{f"new_{name}": value for name, value in values.items()}})
    reasons = None if pair.reasons is None else [reason.model_dump(mode="json") for reason in pair.reasons]
    changes.note(session, pair.job_id, "pairs", pair.index, [pair.index, pair.round, reasons])


def give_up(session: Session, job_id: str, index: int, reason: Reason) -> None:
    """Give a pair up for one reason."""
    save(session, replace(get(session, job_id, index), reasons=(reason,)))


def of_job(session: Session, job_id: str) -> list[PairStatus]:
    """The status of every pair of a job, in order."""
    return of_jobs(session, [job_id])


def of_jobs(session: Session, job_ids: Collection[str]) -> list[PairStatus]:
    """The status of every pair of some jobs; those of one job are in order."""
    return _statuses(execute(session, _OF_JOBS, {"jobs": list(job_ids)})) if job_ids else []


def read_noted(job_id: str, document: Mapping[str, Any]) -> list[PairStatus]:
    """The status of the pairs that an event holds."""
    return _statuses((job_id, *row) for row in document.get("pairs", ()))


def given_up(session: Session, job_ids: Collection[str]) -> list[PairStatus]:
    """Those of them that were given up, which have reasons."""
    if not job_ids:
        return []
    return [one for one in _statuses(execute(session, _GIVEN_UP, {"jobs": list(job_ids)})) if one.reasons is not None]


def not_begun(session: Session, job_id: str, name: StageName, limit: int) -> list[tuple[int, int]]:
    """Index and round of up to `limit` pairs whose current round lacks the stage `name`."""
    rows = execute(session, _NOT_BEGUN, {"job": job_id, "name": name.value, "most": limit})
    return [(index, number) for index, number in rows]


def newest_photos(session: Session, dataset: str, limit: int) -> set[AssetId]:
    """First images of the newest `limit` records of a dataset; read from their pairs, since records hold masks."""
    pair = (PairRow.job_id == RecordRow.job_id) & (PairRow.pair == RecordRow.pair)
    first = select(PairRow.image1).join(RecordRow, pair).where(RecordRow.dataset == dataset)
    found = session.scalars(first.order_by(RecordRow.sequence.desc()).limit(limit))
    return {asset for asset in found if asset is not None}


def _statuses(rows: Iterable[Sequence[Any]]) -> list[PairStatus]:
    return [PairStatus(job, index, number, _reasons(reasons)) for job, index, number, reasons in rows]


def _reasons(stored: list[object] | None) -> tuple[Reason, ...] | None:
    return None if stored is None else tuple(Reason.model_validate(reason) for reason in stored)


def _text(documents: Sequence[BaseModel] | None) -> str | None:
    return None if documents is None else to_json(documents).decode()
