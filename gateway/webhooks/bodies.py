"""What is sent: the event of a delivery as a CloudEvent, the same that its resource gives when asked for one."""

from gateway.batches.view import view as view_batch
from gateway.cloudevents.rendering import batch_ended, job_changed, record_created
from gateway.pipeline.job_history import last_states
from gateway.store import records
from gateway.store.batches import batches
from gateway.store.database import Session
from gateway.store.jobs import jobs
from imgdiff.cloudevents.documents import CloudEvent
from imgdiff.errors import NotFound
from imgdiff.webhooks.documents import EventType

_OF_RECORDS = frozenset({EventType.RECORD_CREATED})
_OF_BATCHES = frozenset({EventType.BATCH_FINISHED, EventType.BATCH_CANCELLED})


def render(session: Session, event: EventType, subject: str, source: str) -> str:
    """The event as JSON; raises NotFound where its subject has been deleted since."""
    return _find(session, event, subject, source).model_dump_json()


def _find(session: Session, event: EventType, subject: str, source: str) -> CloudEvent:
    if event in _OF_RECORDS:
        return record_created(records.get(session, subject), source)
    if event in _OF_BATCHES:
        return batch_ended(view_batch(session, batches.find(session, subject)), source)
    states = last_states(session, [jobs.find(session, subject)])
    if subject not in states:
        raise NotFound(f"the job {subject!r} has no event")
    return job_changed(states[subject], source)
