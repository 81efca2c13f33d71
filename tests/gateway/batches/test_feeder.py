"""The feeder: within its limits, once for every line, also when several run or one is killed."""

import json
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from gateway.batches.endings import cancel
from gateway.batches.feeder import Feeder
from gateway.batches.view import stream
from gateway.pipeline.broker import Broker
from gateway.pipeline.job_service import PipelineJobs
from gateway.settings import GatewaySettings
from gateway.store import records
from gateway.store.batches import batches, lines
from gateway.store.batches.images import use_images
from gateway.store.batches.tables import BatchLineRow
from gateway.store.database import Database
from gateway.store.jobs import jobs
from gateway.store.objects import AssetStore
from gateway.store.retention import deletion, unused
from gateway.store.tables import RecordRow
from imgdiff.batches.documents import BatchState
from imgdiff.errors import NotFound
from imgdiff.jobs import JobState
from imgdiff.records import Record
from tests.gateway.batches.feeding import ASSET, add_batch, make_request, read_batch
from tests.gateway.pipeline.processes import forked

UNKNOWN = "sha256:" + "b" * 64


class DyingBroker(Broker):
    """Ends the process before it publishes anything."""

    def put(self, queued: object) -> None:
        os._exit(1)


def _end_all(database: Database, state: JobState) -> int:
    """End every job; returns how many there were."""
    with database.writing() as session:
        found = [job for job in jobs.before(session, None, 1000, None) if not job.final]
        for job in found:
            jobs.end(session, job, state, None, datetime.now(UTC))
    return len(found)


def test_lines_start_as_others_end(feeder: Feeder, database: Database) -> None:
    batch = add_batch(database, 10)
    started = []
    while read_batch(database, batch).state is BatchState.RUNNING:
        feeder.feed()
        feeder.feed()  # without room, nothing happens
        started.append(_end_all(database, JobState.SUCCEEDED))

    ended = read_batch(database, batch)
    assert started == [4, 4, 2, 0]
    assert (ended.state, ended.succeeded, ended.started, ended.finished_at is None) == ("completed", 10, 0, False)


def test_single_requests_leave_less_room(feeder: Feeder, database: Database) -> None:
    for _ in range(8):
        feeder.jobs.submit(make_request(), None)  # type: ignore[attr-defined]
    batch = add_batch(database, 10)

    feeder.feed()

    assert read_batch(database, batch).started == 2


def test_several_batches_share_the_room(feeder: Feeder, database: Database) -> None:
    large, small, third = (add_batch(database, count) for count in (10, 1, 10))

    feeder.feed()

    assert [read_batch(database, one).started for one in (large, small, third)] == [2, 1, 1]


def test_several_feeders_start_each_line_once(feeder: Feeder, settings: GatewaySettings, database: Database) -> None:
    add_batch(database, 30)
    while _end_all(database, JobState.SUCCEEDED) or not _jobs_made(database):
        running = [threading.Thread(target=feeder.feed) for _ in range(4)]
        for one in running:
            one.start()
        for one in running:
            one.join()
        with database.reading() as session:
            assert jobs.count_unfinished(session) <= settings.batch_jobs_in_flight

    assert _jobs_made(database) == 30


def _jobs_made(database: Database) -> int:
    with database.reading() as session:
        return sum(jobs.count_by_tenant(session).values())


def test_a_line_has_one_job_when_the_feeder_is_killed(
    feeder: Feeder, settings: GatewaySettings, database: Database, tmp_path: Path
) -> None:
    batch = add_batch(database, 6)
    killed = forked(_feed_and_die, settings)(dict(os.environ), tmp_path / "killed.out")
    assert killed.wait(60) == 1

    feeder.feed()
    before = _jobs_made(database)
    _end_all(database, JobState.SUCCEEDED)
    feeder.feed()
    _end_all(database, JobState.SUCCEEDED)
    feeder.feed()

    assert before == 4
    assert (_jobs_made(database), read_batch(database, batch).succeeded) == (6, 6)


def _feed_and_die(settings: GatewaySettings) -> None:
    database = Database(settings.database_url)
    Feeder(PipelineJobs(settings, database, DyingBroker(settings))).feed()


def test_a_line_that_cannot_be_started_fails_alone(feeder: Feeder, database: Database) -> None:
    batch = add_batch(database, 2, UNKNOWN)
    good = add_batch(database, 1)

    feeder.feed()

    with database.reading() as session:
        errors = lines.errors(session, batch.sequence, 0, 10)
    assert (read_batch(database, batch).state, read_batch(database, batch).failed) == ("completed", 2)
    assert [(error["custom_id"], error["job"]) for error in errors] == [("id 1", None), ("id 2", None)]
    assert read_batch(database, good).started == 1


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.EXPIRED, JobState.FAILED])
def test_a_job_that_ends_badly_is_an_error_of_its_line(feeder: Feeder, database: Database, state: JobState) -> None:
    batch = add_batch(database, 1)
    feeder.feed()
    _end_all(database, state)
    feeder.feed()

    with database.reading() as session:
        (error,) = lines.errors(session, batch.sequence, 0, 10)
    assert (read_batch(database, batch).state, read_batch(database, batch).failed) == ("completed", 1)
    assert error["error"]["title"]


def test_jobs_of_a_batch_whose_canceller_was_killed_are_stopped(feeder: Feeder, database: Database) -> None:
    batch = add_batch(database, 3)
    feeder.feed()
    with database.writing() as session:
        batches.save(session, replace(batches.lock(session, batch.id), state=BatchState.CANCELLED))

    feeder.feed()
    feeder.feed()

    with database.reading() as session:
        assert jobs.count_by_tenant(session) == {("default", JobState.CANCELLED): 3}
    assert read_batch(database, batch).started == 0


def test_the_output_states_that_records_were_deleted(feeder: Feeder, database: Database, record: Record) -> None:
    batch = add_batch(database, 3)
    feeder.feed()
    with database.writing() as session:
        for number, job in enumerate(reversed(jobs.before(session, None, 10, None))):
            kept = record.model_copy(update={"id": f"rec_{number:032x}", "job": job.id})
            records.add(session, job.id, 0, kept)
    _end_all(database, JobState.SUCCEEDED)
    feeder.feed()
    with database.writing() as session:
        deletion.delete_record(session, f"rec_{1:032x}")
    with database.reading() as session:
        found = lines.outputs(session, batch.sequence, 0, 10)

    assert [(len(line["records"]), line["deleted"]) for line in found] == [(1, False), (0, True), (1, False)]
    with database.writing() as session:
        deletion.begin(session, record.dataset)
    with database.writing() as session:
        deletion.delete_some(session, record.dataset)
    with database.reading() as session:
        found = lines.outputs(session, batch.sequence, 0, 10)
    assert [(line["records"], line["deleted"]) for line in found] == [([], True)] * 3


def test_the_output_completes_records_of_earlier_versions(feeder: Feeder, database: Database, record: Record) -> None:
    batch = add_batch(database, 1)
    feeder.feed()
    with database.writing() as session:
        (job,) = jobs.before(session, None, 10, None)
        records.add(session, job.id, 0, record.model_copy(update={"job": job.id}))
        earlier = record.model_dump(mode="json", exclude={"scene"}) | {"job": job.id}
        session.execute(update(RecordRow).values(document=json.dumps(earlier), shape=None))
    _end_all(database, JobState.SUCCEEDED)
    feeder.feed()

    with database.reading() as session:
        (line,) = lines.outputs(session, batch.sequence, 0, 10)

    assert line["records"] == [{**earlier, "scene": None}]


def test_many_lines_are_deleted_in_several_steps(feeder: Feeder, database: Database) -> None:
    other, batch = add_batch(database, 1), add_batch(database, 20_001)
    cancel(database, feeder.jobs.cancel, batch.id)
    with database.writing() as session:
        sequence = batches.begin_deletion(session, batch.id)
    steps = 0
    with database.reading() as session, pytest.raises(NotFound):
        batches.find(session, batch.id)
    while True:
        with database.writing() as session:
            assert batches.begin_deletion(session, batch.id) == sequence  # as when it is repeated after a death
            steps += 1
            if not batches.delete_some(session, sequence):
                break

    with database.reading() as session:
        assert list(session.scalars(select(func.count()).select_from(BatchLineRow))) == [1]
    assert (steps, read_batch(database, other).id) == (4, other.id)


def test_a_deletion_that_was_repeated_leaves_the_next_batch_alone(feeder: Feeder, database: Database) -> None:
    batch = add_batch(database, 1)
    cancel(database, feeder.jobs.cancel, batch.id)
    with database.writing() as session:
        sequence = batches.begin_deletion(session, batch.id)
        while batches.delete_some(session, sequence):
            pass
    following = add_batch(database, 3)
    with database.writing() as session:
        assert not batches.delete_some(session, sequence)  # of a second request to delete the first batch

    with database.reading() as session:
        assert len(lines.waiting(session, following.sequence, 10)) == 3


def test_an_output_of_a_batch_that_is_deleted_meanwhile_breaks_off(feeder: Feeder, database: Database) -> None:
    batch = add_batch(database, 150, UNKNOWN)
    while read_batch(database, batch).state is BatchState.RUNNING:
        feeder.feed()
    errors = stream(database, batch, lines.errors)
    first = next(errors)
    with database.writing() as session:
        batches.begin_deletion(session, batch.id)

    assert first.count("\n") == 100
    with pytest.raises(NotFound):
        next(errors)


def test_a_file_that_never_became_whole_is_given_up(feeder: Feeder, database: Database) -> None:
    with database.writing() as session:
        batch = batches.create(session)

    feeder.feed()
    assert read_batch(database, batch).state is BatchState.RECEIVING
    with database.reading() as session:
        assert batches.abandoned(session, datetime.now(UTC) + timedelta(days=1)) == [batch.id]


def test_an_unknown_batch_is_not_found(database: Database) -> None:
    with database.reading() as session, pytest.raises(NotFound):
        batches.find(session, "bat_" + "0" * 32)


def test_images_of_an_open_batch_are_not_deleted(feeder: Feeder, settings: GatewaySettings, database: Database) -> None:
    batch = add_batch(database, 1)
    store, later = AssetStore(settings.assets_url), datetime.now(UTC) + timedelta(days=1)
    with database.writing() as session:
        use_images(session, [ASSET])
        kept = unused.delete_page(session, store, later, "")
    cancel(database, feeder.jobs.cancel, batch.id)
    with database.writing() as session:
        gone = unused.delete_page(session, store, later, "")

    assert (kept.assets, gone.assets) == (0, 1)
