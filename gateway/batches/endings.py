"""How lines and batches end: by their jobs, or cancelled."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from gateway.store.batches import batches, lines
from gateway.store.batches.values import LineState, StoredBatch
from gateway.store.database import Database, Session
from imgdiff.batches.documents import BatchState


def cancel(database: Database, cancel_job: Callable[[str], object], batch_id: str) -> StoredBatch:
    """Cancel a batch and its running jobs; what has ended stays. Raises NotFound."""
    with database.writing() as session:
        batch = batches.lock(session, batch_id)
        if batch.state in {BatchState.RECEIVING, BatchState.RUNNING}:
            batch = batches.save(session, replace(batch, state=BatchState.CANCELLED, finished_at=datetime.now(UTC)))
        running = jobs_to_stop(session, [batch])
    for job_id in running:
        cancel_job(job_id)
    with database.writing() as session:
        return note_ended(session, batches.lock(session, batch_id))


def note_ended(session: Session, batch: StoredBatch) -> StoredBatch:
    """Count the lines of a locked batch that have ended since."""
    ended = lines.settle(session, batch.sequence, cancelled=batch.state is BatchState.CANCELLED)
    if not ended:
        return batch
    return batches.save(
        session,
        replace(
            batch,
            started=batch.started - sum(ended.values()),
            succeeded=batch.succeeded + ended.get(LineState.SUCCEEDED, 0),
            failed=batch.failed + ended.get(LineState.FAILED, 0),
        ),
    )


def jobs_to_stop(session: Session, some: Sequence[StoredBatch]) -> list[str]:
    """Running jobs of cancelled batches, also where whoever cancelled one was killed."""
    cancelled = [batch for batch in some if batch.state is BatchState.CANCELLED and batch.started]
    return [job_id for batch in cancelled for job_id in lines.started_jobs(session, batch.sequence)]
