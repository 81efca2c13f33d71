"""Rows of pairs, uploaded with the request or made by editing in one or more rounds."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import ColumnElement, exists, select

from gateway.store.database import Session
from gateway.store.tables import PairRow, RecordRow, StageRow
from gateway.store.values import JobRequest, Pair, PairStatus, Rejection
from imgdiff.jobs import StageName
from imgdiff.records import AssetId, Edit, Reason


def add_all(session: Session, job_id: str, request: JobRequest) -> None:
    """The pairs of a new job."""
    options = request.options
    session.add_all(
        PairRow(
            job_id=job_id,
            pair=index,
            image1=request.image1,
            image2=request.image2,
            caption1=options.caption1,
            caption2=options.caption2,
        )
        for index in range(request.pairs)
    )


def get(session: Session, job_id: str, index: int) -> Pair:
    """One pair of a job."""
    return read(session.scalars(select(PairRow).where(PairRow.job_id == job_id, PairRow.pair == index)).one())


def read(row: PairRow) -> Pair:
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
    row = session.get_one(PairRow, pair.sequence)
    row.round, row.image1, row.image2 = pair.round, pair.image1, pair.image2
    row.caption1, row.caption2 = pair.caption1, pair.caption2
    row.edit = None if pair.edit is None else pair.edit.model_dump(mode="json")
    row.reasons = None if pair.reasons is None else [reason.model_dump(mode="json") for reason in pair.reasons]
    row.tries = [one.model_dump(mode="json") for one in pair.rejections] or None


def give_up(session: Session, job_id: str, index: int, reason: Reason) -> None:
    """Give a pair up for one reason."""
    save(session, replace(get(session, job_id, index), reasons=(reason,)))


def of_job(session: Session, job_id: str) -> list[PairStatus]:
    """The status of every pair of a job, in order."""
    return of_jobs(session, [job_id])


def of_jobs(session: Session, job_ids: Collection[str]) -> list[PairStatus]:
    """The status of every pair of some jobs; those of one job are in order."""
    return _statuses(session, job_ids)


def given_up(session: Session, job_ids: Collection[str]) -> list[PairStatus]:
    """Those of them that were given up, which have reasons."""
    return [one for one in _statuses(session, job_ids, PairRow.reasons.is_not(None)) if one.reasons is not None]


def not_begun(session: Session, job_id: str, name: StageName, limit: int) -> list[tuple[int, int]]:
    """Index and round of up to `limit` pairs whose current round lacks the stage `name`."""
    begun = exists().where(
        StageRow.job_id == job_id,
        StageRow.name == name.value,
        StageRow.pair == PairRow.pair,
        StageRow.round == PairRow.round,
    )
    wanted = (PairRow.job_id == job_id, PairRow.reasons.is_(None), ~begun)
    rows = session.execute(select(PairRow.pair, PairRow.round).where(*wanted).order_by(PairRow.pair).limit(limit))
    return [(index, number) for index, number in rows]


def newest_photos(session: Session, dataset: str, limit: int) -> set[AssetId]:
    """First images of the newest `limit` records of a dataset; read from their pairs, since records hold masks."""
    pair = (PairRow.job_id == RecordRow.job_id) & (PairRow.pair == RecordRow.pair)
    first = select(PairRow.image1).join(RecordRow, pair).where(RecordRow.dataset == dataset)
    found = session.scalars(first.order_by(RecordRow.sequence.desc()).limit(limit))
    return {asset for asset in found if asset is not None}


def _statuses(session: Session, job_ids: Collection[str], *conditions: ColumnElement[bool]) -> list[PairStatus]:
    columns = (PairRow.job_id, PairRow.pair, PairRow.round, PairRow.reasons)
    rows = session.execute(select(*columns).where(PairRow.job_id.in_(job_ids), *conditions).order_by(PairRow.pair))
    return [PairStatus(job, index, number, _reasons(reasons)) for job, index, number, reasons in rows]


def _reasons(stored: list[object] | None) -> tuple[Reason, ...] | None:
    return None if stored is None else tuple(Reason.model_validate(reason) for reason in stored)
