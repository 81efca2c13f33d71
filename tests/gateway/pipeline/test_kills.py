"""Any process may be killed and restarted during ten jobs: every job succeeds, with exactly one record."""

import shutil
import sys
import time
from pathlib import Path

import pytest

from imgdiff.jobs import JobState
from tests.gateway.pipeline.processes import program

_DYING = str(Path(__file__).parent / "dying_worker.py")


def _submit_ten(stage, png: bytes) -> list[str]:
    stage.script("detection", seconds=0.15)
    stage.script("captioning", seconds=0.15)
    return [stage.client.submit(png, png).id for _ in range(10)]


def _all_succeed(stage, jobs: list[str]) -> None:
    ended = [stage.client.wait(job, wait_seconds=120) for job in jobs]
    assert [job.state for job in ended] == [JobState.SUCCEEDED] * len(jobs), (ended, stage.log())
    assert {len(job.records) for job in ended} == {1}
    assert len(list(stage.client.records("default"))) == len(jobs)


def test_the_worker_is_killed(stage, png: bytes) -> None:
    jobs = _submit_ten(stage, png)
    stage.until(lambda: stage.done("detection") >= 3)

    stage.kill("worker")
    stage.start("worker")

    _all_succeed(stage, jobs)


@pytest.mark.slow  # a worker that is a new program, and a lease that lapses
def test_a_worker_is_killed_between_taking_a_message_and_beginning_a_stage(stage, png: bytes) -> None:
    stage.stop("worker")
    stage.starts["dying"] = program(sys.executable, _DYING, "--taken")
    jobs = _submit_ten(stage, png)

    stage.start("dying")
    assert stage.processes.pop("dying").wait(60) == 1
    stage.start("worker")

    _all_succeed(stage, jobs)
    assert stage.done("detection", "begun") == 10


@pytest.mark.parametrize("name", ["detection", pytest.param("captioning", marks=pytest.mark.slow)])
def test_a_service_is_killed(stage, png: bytes, name: str) -> None:
    jobs = _submit_ten(stage, png)
    stage.until(lambda: stage.done(name) >= 3)

    stage.kill(name)
    stage.until(lambda: not stage.client.ready())
    stage.start(name)

    _all_succeed(stage, jobs)


@pytest.mark.slow  # as any other service
def test_the_editing_service_is_killed(stage, png: bytes) -> None:
    stage.script("editing", seconds=0.3)
    datasets = [f"set-{number}" for number in range(5)]  # one keeps no pair twice
    jobs = [stage.client.submit_synthesis("remove", png, count=2, dataset=name).id for name in datasets]
    stage.until(lambda: stage.done("editing") >= 2)

    stage.kill("editing")
    stage.start("editing")

    ended = [stage.client.wait(job, wait_seconds=120) for job in jobs]
    assert [len(job.records) for job in ended] == [2] * 5, stage.log()


def test_redis_is_killed(stage, png: bytes) -> None:
    jobs = _submit_ten(stage, png)
    stage.until(lambda: stage.done("detection") >= 3)

    stage.kill("redis")
    late = stage.http.post("/v1/difference-captions", files={"image1": png, "image2": png})
    stage.start("redis")

    assert late.status_code == 202
    _all_succeed(stage, [*jobs, late.json()["id"]])


@pytest.mark.slow  # waits until the sweeper misses the messages
def test_redis_loses_everything(stage, png: bytes) -> None:
    stage.stop("worker")
    jobs = _submit_ten(stage, png)

    stage.kill("redis")
    shutil.rmtree(stage.folder / "appendonlydir")
    stage.start("redis")
    stage.start("worker")

    _all_succeed(stage, jobs)


def test_a_stopping_worker_returns_what_it_cannot_finish(stage, png: bytes) -> None:
    stage.script("detection", seconds=30)
    job = stage.client.submit(png, png)
    stage.until(lambda: stage.done("detection", "begun") == 1)

    code = stage.stop("worker")
    stage.until(lambda: stage.done("detection", "dropped") == 1)
    stage.script("detection")
    stage.start("worker")

    assert code == 0
    ended = stage.client.wait(job.id, wait_seconds=120)
    assert ended.state is JobState.SUCCEEDED
    assert ended.stages[0].attempts == 1


@pytest.mark.slow  # three deaths
def test_a_pair_that_kills_its_service_is_given_up_after_three_deaths(stage, png: bytes) -> None:
    stage.script("detection", act="die")
    job = stage.client.submit(png, png)

    for death in range(1, 4):
        stage.until(lambda death=death: stage.done("detection", "begun") == death)
        stage.until(lambda: stage.processes["detection"].poll() is not None)
        stage.start("detection")
    ended = stage.client.wait(job.id, wait_seconds=120)

    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.type == "urn:imgdiff:problem:stage-failed"
    assert ended.stages[0].attempts == 1
    stage.script("detection")
    assert stage.client.compare(png, png, wait_seconds=120).regions


@pytest.mark.slow  # waits for two beats
def test_the_heartbeat_stops_with_the_connection_to_redis(stage) -> None:
    beat = stage.folder / "heartbeat"
    stage.until(beat.exists)
    first = beat.stat().st_mtime
    stage.until(lambda: beat.stat().st_mtime > first)

    stage.kill("redis")

    def stopped() -> bool:
        last = beat.stat().st_mtime
        time.sleep(4.2)  # two beats; Celery reconnects to Redis after six seconds
        return beat.stat().st_mtime == last

    stage.until(stopped)
    last = beat.stat().st_mtime
    stage.start("redis")
    stage.until(lambda: beat.stat().st_mtime > last)
