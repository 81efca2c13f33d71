"""Faults that kill no process: each is reported, waited for or cut off, and every job ends."""

import signal
from datetime import UTC, datetime, timedelta

import redis
from sqlalchemy import update

from gateway.pipeline.broker import Broker
from gateway.store.database import Database
from gateway.store.tables import StageRow
from gateway.store.values import QueuedStage
from imgdiff.jobs import JobState, StageName, StageState


def test_a_running_job_is_cancelled_and_its_work_dropped(stage, png: bytes) -> None:
    stage.script("detection", seconds=60)
    job = stage.client.submit(png, png)
    stage.until(lambda: stage.done("detection", "begun") == 1)

    cancelled = stage.client.cancel(job.id)

    assert cancelled.state is JobState.CANCELLED
    assert {status.state for status in cancelled.stages} == {StageState.CANCELLED}
    stage.until(lambda: stage.done("detection", "dropped") == 1)
    assert stage.client.cancel(job.id) == cancelled
    assert stage.client.wait(job.id).state is JobState.CANCELLED


def test_a_queued_job_is_cancelled_before_it_starts(stage, png: bytes) -> None:
    stage.stop("worker")
    job = stage.client.submit(png, png)

    stage.client.cancel(job.id)
    stage.start("worker")

    other = stage.client.submit(png, png)
    assert stage.client.wait(other.id, wait_seconds=120).state is JobState.SUCCEEDED
    assert stage.client.job(job.id).state is JobState.CANCELLED
    assert stage.done("detection") == 1


def test_a_job_that_is_not_done_by_its_deadline_expires(stage, png: bytes) -> None:
    stage.script("detection", seconds=60)

    job = stage.client.wait(stage.client.submit(png, png, deadline_seconds=5).id, wait_seconds=120)

    assert job.state is JobState.EXPIRED
    assert job.error is not None
    assert job.error.type == "urn:imgdiff:problem:deadline-exceeded"
    stage.until(lambda: stage.done("detection", "dropped") == 1)


def test_a_job_that_has_not_begun_by_its_start_deadline_expires_and_one_that_has_goes_on(stage, png: bytes) -> None:
    stage.script("detection", seconds=4)
    begun = stage.client.submit(png, png, start_deadline_seconds=3)
    stage.until(lambda: stage.done("detection", "begun") == 1)
    stage.stop("worker")
    late = stage.client.submit(png, png, start_deadline_seconds=0.5)

    expired = stage.client.wait(late.id, wait_seconds=60)
    stage.start("worker")

    assert expired.state is JobState.EXPIRED
    assert expired.error is not None
    assert expired.error.type == "urn:imgdiff:problem:deadline-exceeded"
    assert "had not begun by its start deadline" in expired.error.detail
    assert stage.client.wait(begun.id, wait_seconds=120).state is JobState.SUCCEEDED


def test_waiting_for_a_full_service_does_not_count_as_an_attempt(stage, png: bytes) -> None:
    stage.script("detection", act="overloaded")
    job = stage.client.submit(png, png)
    stage.until(lambda: stage.done("detection", "begun") >= 2)
    stage.script("detection")

    ended = stage.client.wait(job.id, wait_seconds=120)

    assert ended.state is JobState.SUCCEEDED
    assert ended.stages[0].attempts == 1


def test_a_service_that_keeps_failing_fails_the_job_after_three_attempts(stage, png: bytes) -> None:
    stage.script("captioning", act="fail")

    job = stage.client.wait(stage.client.submit(png, png).id, wait_seconds=120)

    assert job.state is JobState.FAILED
    assert [status.state for status in job.stages] == [StageState.SUCCEEDED, StageState.FAILED]
    assert job.stages[1].attempts == 3
    assert "the model failed" in job.error.detail


def test_a_synthesis_gives_up_a_pair_that_fails_and_keeps_the_others(stage, png: bytes) -> None:
    stage.script("detection", act="fail", shade=1)

    job = stage.client.wait(stage.client.submit_synthesis("remove", png, count=3, seed=5).id, wait_seconds=120)

    assert job.state is JobState.SUCCEEDED
    assert [record.source.edit.index for record in job.records] == [0, 2]
    assert [(pair.index, pair.reasons[0].code) for pair in job.rejected] == [(1, "pair.failed")]
    assert job.stages[1].attempts == 5


def test_a_synthesis_fails_when_all_its_pairs_fail(stage, png: bytes) -> None:
    stage.script("captioning", act="fail")

    job = stage.client.wait(stage.client.submit_synthesis("remove", png, count=2).id, wait_seconds=120)

    assert job.state is JobState.FAILED
    assert job.error.type == "urn:imgdiff:problem:stage-failed"


def test_a_stage_delivered_many_times_runs_once(stage, png: bytes) -> None:
    stage.script("detection", seconds=0.5)
    job = stage.client.submit(png, png)
    database, broker = Database(stage.settings.database_url), Broker(stage.settings)
    with database.reading() as session:
        stage_id = session.query(StageRow.id).scalar()
    broker.put([QueuedStage(stage_id, StageName.DETECTION)] * 5)

    ended = stage.client.wait(job.id, wait_seconds=120)

    assert ended.state is JobState.SUCCEEDED
    assert stage.done("detection", "begun") == 1
    assert len(ended.records) == 1
    broker.close()
    database.close()


def test_a_stage_whose_message_was_lost_is_found(stage, png: bytes) -> None:
    stage.stop("worker")
    job = stage.client.submit(png, png)
    database = Database(stage.settings.database_url)
    with redis.Redis.from_url(stage.settings.redis_url) as server:
        server.flushall()
    with database.writing() as session:
        session.execute(update(StageRow).values(enqueued_at=datetime.now(UTC) - timedelta(minutes=1)))
    stage.start("worker")

    assert stage.client.wait(job.id, wait_seconds=120).state is JobState.SUCCEEDED
    database.close()


def test_an_answer_of_the_wrong_shape_fails_the_job(stage, png: bytes) -> None:
    stage.script("detection", act="nonsense")

    job = stage.client.wait(stage.client.submit(png, png).id, wait_seconds=120)

    assert job.state is JobState.FAILED
    assert "the wrong shape" in job.error.detail


def test_submits_are_stored_while_redis_hangs_and_every_job_ends_once(stage, png: bytes) -> None:
    stage.processes["redis"].send_signal(signal.SIGSTOP)
    files = {"image1": png, "image2": png}

    answers = [stage.http.post("/v1/difference-captions", files=files, timeout=10.0) for _ in range(10)]
    alive = stage.http.get("/livez", timeout=10.0)
    stage.processes["redis"].send_signal(signal.SIGCONT)

    assert {answer.status_code for answer in answers} == {202}
    assert alive.status_code == 200
    ended = [stage.client.wait(answer.json()["id"], wait_seconds=120) for answer in answers]
    assert [(job.state, len(job.records)) for job in ended] == [(JobState.SUCCEEDED, 1)] * 10, stage.log()


def test_a_worker_that_is_gone_is_seen_and_takes_no_readiness_away(stage) -> None:
    stage.kill("worker")

    stage.until(lambda: "worker" in stage.http.get("/readyz").json()["degraded"])

    answer = stage.http.get("/readyz").json()
    assert answer["ready"], answer
    stage.start("worker")
    stage.until(stage.client.ready)
