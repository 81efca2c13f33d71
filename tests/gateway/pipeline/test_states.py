"""The state machine of jobs and stages, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.pipeline import states
from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.jobs import events, jobs, stages
from gateway.store.retention import deletion
from gateway.store.tables import JobRow, StageRow
from gateway.store.values import Attempt
from imgdiff.errors import StageFailed
from imgdiff.jobs import JobState, StageName, StageState

JOB = "job_" + "0" * 32


@pytest.fixture
def stage_id(database: Database) -> str:
    """A job with one queued stage."""
    now = datetime.now(UTC)
    with database.writing() as session:
        datasets.ensure(session, "default")
        request = {"kind": "difference-captions", "options": {}}
        session.add(
            JobRow(
                id=JOB,
                kind="difference-captions",
                state="queued",
                dataset="default",
                request=request,
                created_at=now,
                deadline_at=now + timedelta(hours=1),
            )
        )
        session.flush()
        return stages.add(session, jobs.find(session, JOB), 0, StageName.DETECTION).stage_id


def _begin(database: Database, stage_id: str) -> Attempt | None:
    with database.writing() as session:
        return states.begin(session, stage_id, 30)


def _settle(database: Database, attempt: Attempt, write) -> bool:
    with database.writing() as session:
        found = states.lock_attempt(session, attempt)
        if found is not None:
            write(session, *found)
        return found is not None


def _state(database: Database, stage_id: str) -> tuple[str, int]:
    with database.reading() as session:
        row = session.get_one(StageRow, stage_id)
        return row.state, row.attempts


def test_a_stage_is_started_only_once(database: Database, stage_id: str) -> None:
    first = _begin(database, stage_id)

    assert first is not None
    assert _begin(database, stage_id) is None
    assert _begin(database, "stg_unknown") is None
    with database.reading() as session:
        assert jobs.find(session, JOB).state == JobState.RUNNING


def test_an_attempt_that_was_replaced_writes_nothing(database: Database, stage_id: str) -> None:
    old = _begin(database, stage_id)
    assert old is not None
    _settle(database, old, lambda session, job, stage: states.retry(session, job, stage, "lost", 3))
    new = _begin(database, stage_id)
    assert new is not None

    with database.writing() as session:
        assert not stages.renew_lease(session, old, 30)
        assert stages.renew_lease(session, new, 30)
        assert (stages.is_current(session, old), stages.is_current(session, new)) == (False, True)
    assert not _settle(database, old, lambda session, job, stage: stages.succeed(session, stage, '{"who": "old"}'))
    assert _settle(database, new, lambda session, job, stage: stages.succeed(session, stage, '{"who": "new"}'))
    with database.reading() as session:
        assert session.get_one(StageRow, stage_id).result == {"who": "new"}


def test_a_deferral_does_not_count_as_an_attempt_and_waits_longer_each_time(database: Database, stage_id: str) -> None:
    waits = []
    for _ in range(3):
        attempt = _begin(database, stage_id)
        assert attempt is not None
        _settle(database, attempt, states.defer)
        with database.reading() as session:
            row = session.get_one(StageRow, stage_id)
            assert row.enqueued_at is None
            waits.append((row.due_at - datetime.now(UTC)).total_seconds())

    assert _state(database, stage_id) == (StageState.QUEUED, 0)
    assert waits == sorted(waits)
    assert waits[2] > 1


def test_the_last_attempt_fails_the_job_with_a_reason(database: Database, stage_id: str) -> None:
    for _ in range(2):
        attempt = _begin(database, stage_id)
        assert attempt is not None
        _settle(database, attempt, lambda session, job, stage: states.retry(session, job, stage, "it broke", 2))

    assert _state(database, stage_id) == (StageState.FAILED, 2)
    with database.reading() as session:
        job = jobs.find(session, JOB)
        assert job.state == JobState.FAILED
        assert job.error is not None
        assert job.error.type.endswith(StageFailed.slug)
        assert "it broke" in job.error.detail


def test_a_job_ends_only_once_and_cancels_its_open_stages(database: Database, stage_id: str) -> None:
    attempt = _begin(database, stage_id)
    assert attempt is not None
    with database.writing() as session:
        states.end(session, jobs.lock(session, JOB), JobState.CANCELLED)
    with database.writing() as session:
        states.end(session, jobs.lock(session, JOB), JobState.EXPIRED)

    assert not _settle(database, attempt, lambda session, job, stage: stages.succeed(session, stage, "{}"))
    with database.reading() as session:
        assert jobs.find(session, JOB).state == JobState.CANCELLED
        assert [event.document["state"] for event in events.after(session, JOB, 0)] == ["running", "cancelled"]


def test_an_attempt_whose_dataset_was_deleted_writes_nothing(database: Database, stage_id: str) -> None:
    attempt = _begin(database, stage_id)
    assert attempt is not None
    with database.writing() as session:
        states.end(session, jobs.lock(session, JOB), JobState.CANCELLED)
        deletion.begin(session, "default")
        assert deletion.delete_some(session, "default")

    assert not _settle(database, attempt, lambda session, job, stage: stages.succeed(session, stage, "{}"))


def test_pauses_grow_up_to_the_limit() -> None:
    assert [states.retry_pause(attempts) for attempts in (1, 2, 1000)] == [0.5, 1.0, states.MAX_PAUSE_SECONDS]
    deferrals = [states.deferral_pause(count) for count in (1, 2, 3, 1000)]
    assert deferrals == [0.5, 1.0, 2.0, states.MAX_PAUSE_SECONDS]
