"""Deletion of records and datasets, with the jobs' rows that made them; images go later (`unused`)."""

from sqlalchemy import delete, select

from gateway.store import records
from gateway.store.counts import counts
from gateway.store.database import Session
from gateway.store.isolation import dead_letters
from gateway.store.jobs import jobs
from gateway.store.jobs.tables import EventRow
from gateway.store.retention import versions
from gateway.store.reviews.tables import ReviewRow
from gateway.store.tables import DatasetRow, JobRow, PairRow, RecordRow, RegionRow, StageRow
from gateway.store.tenants import dataset_name
from imgdiff.errors import Conflict, NotFound
from imgdiff.jobs import FINAL

_JOBS_AT_ONCE = 50  # jobs of a dataset that one transaction deletes; chosen, not measured
_NAMED = 5  # versions that an error names; chosen, not measured


def delete_record(session: Session, record_id: str) -> None:
    """Delete a record with its pair and their stages, which must be out of the counters by then.

    Raises NotFound, and Conflict while its job runs or a version names it.
    """
    columns = (RecordRow.sequence, RecordRow.job_id, RecordRow.pair, RecordRow.dataset)
    found = session.execute(select(*columns).where(RecordRow.id == record_id)).one_or_none()
    if found is None:
        raise NotFound(f"there is no record {record_id!r}")
    sequence, job_id, pair, dataset = found
    if not jobs.lock(session, job_id).final:
        raise Conflict(f"the job {job_id} of the record {record_id} is running; wait until it ends, or cancel it")
    records.change_counts(session, dataset, records.get(session, record_id), -1)
    _refuse_frozen(f"the record {record_id}", dataset, versions.naming(session, dataset, sequence, _NAMED))
    session.execute(delete(ReviewRow).where(ReviewRow.record == sequence))
    session.execute(delete(RegionRow).where(RegionRow.sequence == sequence))
    session.execute(delete(RecordRow).where(RecordRow.sequence == sequence))
    session.execute(delete(StageRow).where(StageRow.job_id == job_id, StageRow.pair == pair))
    session.execute(delete(PairRow).where(PairRow.job_id == job_id, PairRow.pair == pair))


def begin(session: Session, dataset: str) -> None:
    """Hide a dataset, whose rows `delete_some` then deletes; begun again, it goes on.

    Raises NotFound, and Conflict while a job of it runs or it has versions.
    """
    row = session.get(DatasetRow, dataset, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no dataset {dataset_name(dataset)!r}")
    _refuse_frozen(f"the dataset {dataset_name(dataset)!r}", dataset, versions.naming(session, dataset, 0, _NAMED))
    final = [state.value for state in FINAL]
    running = select(JobRow.id).where(JobRow.dataset == dataset, JobRow.state.not_in(final)).limit(1)
    job = session.scalar(running)
    if job is not None:
        raise Conflict(
            f"the job {job} of the dataset {dataset_name(dataset)!r} is running; wait until it ends, or cancel it"
        )
    row.deleting = True


def delete_some(session: Session, dataset: str) -> bool:
    """Delete some more of a hidden dataset; whether something is left."""
    ids = list(session.scalars(select(JobRow.id).where(JobRow.dataset == dataset).limit(_JOBS_AT_ONCE)))
    if not ids:
        counts.forget(session, dataset)
        session.execute(delete(DatasetRow).where(DatasetRow.name == dataset, DatasetRow.deleting))
        return False
    sequences = select(RecordRow.sequence).where(RecordRow.job_id.in_(ids))
    session.execute(delete(ReviewRow).where(ReviewRow.record.in_(sequences)))
    session.execute(delete(RegionRow).where(RegionRow.sequence.in_(sequences)))
    for table in (RecordRow, StageRow, EventRow, PairRow):
        session.execute(delete(table).where(table.job_id.in_(ids)))
    dead_letters.forget_jobs(session, ids)
    session.execute(delete(JobRow).where(JobRow.id.in_(ids)))
    return True


def _refuse_frozen(what: str, dataset: str, named: list[str]) -> None:
    if named:
        detail = f"{what} is frozen by {', '.join(named)}; delete these versions of {dataset_name(dataset)!r} first"
        raise Conflict(detail)
