"""The feeder: within its limits, once for every line, also when several run or one is killed."""

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from gateway.batches.endings import cancel
from gateway.batches.feeder import Feeder
from gateway.pipeline.broker import Broker
from gateway.pipeline.job_service import PipelineJobs
from gateway.settings import GatewaySettings
from gateway.store import assets, jobs, records
from gateway.store.batches import batches, lines
from gateway.store.batches.images import use_images
from gateway.store.batches.tables import BatchLineRow
from gateway.store.batches.values import NewLine, StoredBatch
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from gateway.store.retention import deletion, unused
from gateway.store.values import JobRequest
from imgdiff.batches.documents import BatchState
from imgdiff.errors import NotFound
from imgdiff.jobs import JobKind, JobState
from imgdiff.options import Options
from imgdiff.records import Record
from tests.gateway.pipeline.processes import forked

ASSET = "sha256:" + "a" * 64
EARLIER = "sha256:" + "0" * 64
UNKNOWN = "sha256:" + "b" * 64


class DyingBroker(Broker):
    """Ends the process before it publishes anything."""

    def put(self, queued: object) -> None:
        os._exit(1)


@pytest.fixture
def settings(settings: GatewaySettings, database_url: str) -> GatewaySettings:
    """A gateway on each kind of database with room for four jobs of batches."""
    return settings.model_copy(update={"database_url": database_url, "batch_jobs_in_flight": 4, "max_queued_jobs": 10})


@pytest.fixture
def feeder(settings: GatewaySettings, database: Database) -> Iterator[Feeder]:
    """A feeder of a real broker."""
    broker = Broker(settings)
    with database.writing() as session:
        assets.add(session, ASSET, 64, 48, 100)
    yield Feeder(PipelineJobs(settings, database, broker))
    broker.close()


def _request(asset: str = ASSET) -> JobRequest:
    return JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=Options(), image1=asset, image2=asset)


def _add_batch(database: Database, count: int, asset: str = ASSET) -> StoredBatch:
    request = _request(asset).model_dump(mode="json")
    with database.writing() as session:
        batch = batches.create(session)
        new = [NewLine(number, f"id {number}", request) for number in range(1, count + 1)]
        lines.add_all(session, batch.sequence, new)
        return batches.save(session, replace(batch, state=BatchState.RUNNING, total=count, lines=count))


def _read(database: Database, batch: StoredBatch) -> StoredBatch:
    with database.reading() as session:
        return batches.find(session, batch.id)


def _end_all(database: Database, state: JobState) -> int:
    """End every job; returns how many there were."""
    with database.writing() as session:
        found = [job for job in jobs.before(session, None, 1000, None) if not job.final]
        for job in found:
            jobs.end(session, job, state, None, datetime.now(UTC))
    return len(found)


def test_lines_start_as_others_end(feeder: Feeder, database: Database) -> None:
    batch = _add_batch(database, 10)
    started = []
    while _read(database, batch).state is BatchState.RUNNING:
        feeder.feed()
        feeder.feed()  # without room, nothing happens
        started.append(_end_all(database, JobState.SUCCEEDED))

    ended = _read(database, batch)
    assert started == [4, 4, 2, 0]
    assert (ended.state, ended.succeeded, ended.started, ended.finished_at is None) == ("completed", 10, 0, False)


def test_single_requests_leave_less_room(feeder: Feeder, database: Database) -> None:
    for _ in range(8):
        feeder.jobs.submit(_request(), None)  # type: ignore[attr-defined]
    batch = _add_batch(database, 10)

    feeder.feed()

    assert _read(database, batch).started == 2


def test_several_batches_share_the_room(feeder: Feeder, database: Database) -> None:
    large, small, third = (_add_batch(database, count) for count in (10, 1, 10))

    feeder.feed()

    assert [_read(database, one).started for one in (large, small, third)] == [2, 1, 1]


def test_several_feeders_start_each_line_once(feeder: Feeder, settings: GatewaySettings, database: Database) -> None:
    _add_batch(database, 30)
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
        return sum(jobs.count_by_state(session).values())


def test_a_feeder_and_an_upload_of_the_same_images_wait_for_one_another(feeder: Feeder, database: Database) -> None:
    batch = _add_batch(database, 2)
    with database.writing() as session:
        assets.add(session, EARLIER, 64, 48, 100)
        ours = BatchLineRow.batch == batch.sequence, BatchLineRow.line == 2
        request = _request(EARLIER).model_dump(mode="json")
        session.execute(update(BatchLineRow).where(*ours).values(request=request))
    feeding = threading.Thread(target=feeder.feed)

    with database.writing() as session:
        use_images(session, [EARLIER])
        feeding.start()
        while not database.is_sqlite and not _someone_waits(database):
            pass
        use_images(session, [ASSET])
    feeding.join()

    assert _read(database, batch).started == 2


def _someone_waits(database: Database) -> bool:
    with database.reading() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def test_a_line_has_one_job_when_the_feeder_is_killed(
    feeder: Feeder, settings: GatewaySettings, database: Database, tmp_path: Path
) -> None:
    batch = _add_batch(database, 6)
    killed = forked(_feed_and_die, settings)(dict(os.environ), tmp_path / "killed.out")
    assert killed.wait(60) == 1

    feeder.feed()
    before = _jobs_made(database)
    _end_all(database, JobState.SUCCEEDED)
    feeder.feed()
    _end_all(database, JobState.SUCCEEDED)
    feeder.feed()

    assert before == 4
    assert (_jobs_made(database), _read(database, batch).succeeded) == (6, 6)


def _feed_and_die(settings: GatewaySettings) -> None:
    database = Database(settings.database_url)
    Feeder(PipelineJobs(settings, database, DyingBroker(settings))).feed()


def test_a_line_that_cannot_be_started_fails_alone(feeder: Feeder, database: Database) -> None:
    batch = _add_batch(database, 2, UNKNOWN)
    good = _add_batch(database, 1)

    feeder.feed()

    with database.reading() as session:
        errors = lines.errors(session, batch.sequence, 0, 10)
    assert (_read(database, batch).state, _read(database, batch).failed) == ("completed", 2)
    assert [(error["custom_id"], error["job"]) for error in errors] == [("id 1", None), ("id 2", None)]
    assert _read(database, good).started == 1


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.EXPIRED, JobState.FAILED])
def test_a_job_that_ends_badly_is_an_error_of_its_line(feeder: Feeder, database: Database, state: JobState) -> None:
    batch = _add_batch(database, 1)
    feeder.feed()
    _end_all(database, state)
    feeder.feed()

    with database.reading() as session:
        (error,) = lines.errors(session, batch.sequence, 0, 10)
    assert (_read(database, batch).state, _read(database, batch).failed) == ("completed", 1)
    assert error["error"]["title"]


def test_jobs_of_a_batch_whose_canceller_was_killed_are_stopped(feeder: Feeder, database: Database) -> None:
    batch = _add_batch(database, 3)
    feeder.feed()
    with database.writing() as session:
        batches.save(session, replace(batches.lock(session, batch.id), state=BatchState.CANCELLED))

    feeder.feed()
    feeder.feed()

    with database.reading() as session:
        assert jobs.count_by_state(session) == {JobState.CANCELLED: 3}
    assert _read(database, batch).started == 0


def test_the_output_states_that_records_were_deleted(feeder: Feeder, database: Database, record: Record) -> None:
    batch = _add_batch(database, 3)
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


def test_many_lines_are_deleted_in_several_steps(feeder: Feeder, database: Database) -> None:
    other, batch = _add_batch(database, 1), _add_batch(database, 20_001)
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
    assert (steps, _read(database, other).id) == (4, other.id)


def test_a_file_that_never_became_whole_is_given_up(feeder: Feeder, database: Database) -> None:
    with database.writing() as session:
        batch = batches.create(session)

    feeder.feed()
    assert _read(database, batch).state is BatchState.RECEIVING
    with database.reading() as session:
        assert batches.abandoned(session, datetime.now(UTC) + timedelta(days=1)) == [batch.id]


def test_an_unknown_batch_is_not_found(database: Database) -> None:
    with database.reading() as session, pytest.raises(NotFound):
        batches.find(session, "bat_" + "0" * 32)


def test_images_of_an_open_batch_are_not_deleted(feeder: Feeder, settings: GatewaySettings, database: Database) -> None:
    batch = _add_batch(database, 1)
    store, later = AssetStore(settings.assets_url), datetime.now(UTC) + timedelta(days=1)
    with database.writing() as session:
        use_images(session, [ASSET])
        kept = unused.delete_page(session, store, later, "")
    cancel(database, feeder.jobs.cancel, batch.id)
    with database.writing() as session:
        gone = unused.delete_page(session, store, later, "")

    assert (kept.assets, gone.assets) == (0, 1)
