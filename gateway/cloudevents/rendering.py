"""Events from stored facts. Whatever never changes again gives the same event each time, however it is delivered."""

from gateway.store.values import Event
from imgdiff.batches.documents import Batch, BatchState
from imgdiff.cloudevents.documents import BatchCloudEvent, JobCloudEvent, RecordCloudEvent
from imgdiff.errors import NotFound
from imgdiff.records import Record


def record_created(record: Record, source: str) -> RecordCloudEvent:
    """The creation of a record."""
    return RecordCloudEvent(id=record.id, source=source, subject=record.id, time=record.created_at, data=record)


def job_changed(event: Event, source: str) -> JobCloudEvent:
    """What the event of a job notes; its id has the sequence that server-sent events have."""
    job = event.document["job"]
    assert isinstance(job, dict)  # noqa: S101  narrows a type; states.py stores a JobEvent
    happened = job["state"] if event.type == "state" else "progressed"
    return JobCloudEvent.model_validate(
        {
            "id": f"{job['id']}/{event.sequence}",
            "source": source,
            "subject": job["id"],
            "type": f"imgdiff.job.{happened}",
            "time": event.created_at,
            "data": job,
        }
    )


def batch_ended(batch: Batch, source: str) -> BatchCloudEvent:
    """The end of a batch; raises NotFound while it has not ended."""
    if batch.finished_at is None or not batch.final:
        raise NotFound(f"the batch {batch.id!r} has not ended; its event exists once it has")
    completed = batch.state is BatchState.COMPLETED
    return BatchCloudEvent(
        type="imgdiff.batch.finished" if completed else "imgdiff.batch.cancelled",
        id=f"{batch.id}/{batch.state}",
        source=source,
        subject=batch.id,
        time=batch.finished_at,
        data=batch,
    )
