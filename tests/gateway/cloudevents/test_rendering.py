"""Stored facts become events with names of their own; what can still change is none."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cloudevents.rendering import batch_ended, job_changed, record_created
from gateway.store.values import Event
from imgdiff.batches.documents import Batch, BatchState
from imgdiff.cloudevents.documents import RecordCloudEvent
from imgdiff.errors import NotFound
from imgdiff.jobs import Job
from imgdiff.records import Record

SOURCE = "https://images.example"
CONTRACTS = Path(__file__).parents[2] / "contracts"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_a_record_is_created_once(record: Record) -> None:
    event = record_created(record, SOURCE)

    assert (event.type, event.id, event.subject) == ("imgdiff.record.created", record.id, record.id)
    assert (event.source, event.time, event.data) == (SOURCE, record.created_at, record)
    assert RecordCloudEvent.model_validate_json(event.model_dump_json()) == event


@pytest.mark.parametrize(
    ("kind", "state", "happened"),
    [("state", "succeeded", "succeeded"), ("state", "expired", "expired"), ("stage", "running", "progressed")],
)
def test_a_job_changes_by_stored_events(kind: str, state: str, happened: str) -> None:
    job = json.loads((CONTRACTS / "job.json").read_text()) | {"state": state, "records": []}
    event = job_changed(Event(17, kind, {"type": kind, "job": job}, NOON), SOURCE)

    assert (event.type, event.id, event.time) == (f"imgdiff.job.{happened}", f"{job['id']}/17", NOON)
    assert event.data == Job.model_validate(job)


def test_a_batch_ends_when_no_line_of_it_will_change() -> None:
    batch = Batch.model_validate_json((CONTRACTS / "batch.json").read_text())
    ended = batch.model_copy(
        update={"finished_at": NOON, "counts": batch.counts.model_copy(update={"running": 0, "waiting": 0})}
    )
    finished = batch_ended(ended.model_copy(update={"state": BatchState.COMPLETED}), SOURCE)
    cancelled = batch_ended(ended.model_copy(update={"state": BatchState.CANCELLED}), SOURCE)
    stopping = ended.model_copy(
        update={"state": BatchState.CANCELLED, "counts": batch.counts.model_copy(update={"running": 1})}
    )

    assert (finished.type, finished.id) == ("imgdiff.batch.finished", f"{batch.id}/completed")
    assert (cancelled.type, cancelled.id, cancelled.time) == ("imgdiff.batch.cancelled", f"{batch.id}/cancelled", NOON)
    for unfinished in (ended.model_copy(update={"state": BatchState.RUNNING, "finished_at": None}), stopping):
        with pytest.raises(NotFound, match="has not ended"):
            batch_ended(unfinished, SOURCE)
