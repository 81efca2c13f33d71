"""The same pipeline on PostgreSQL, whose writers really run concurrently."""

import pytest

from gateway.settings import GatewaySettings
from imgdiff.jobs import JobState


@pytest.fixture
def settings(settings: GatewaySettings, new_postgres: str) -> GatewaySettings:
    """The settings of the other tests on a PostgreSQL database."""
    return settings.model_copy(update={"database_url": new_postgres})


@pytest.mark.slow  # the worker is killed
def test_many_jobs_at_once_end_well_also_when_the_worker_is_killed(stage, png: bytes) -> None:
    stage.script("detection", seconds=0.1)
    jobs = [stage.client.submit(png, png).id for _ in range(10)]
    stage.until(lambda: stage.done("detection") >= 3)

    stage.kill("worker")
    stage.start("worker")

    ended = [stage.client.wait(job, wait_seconds=120) for job in jobs]
    assert [job.state for job in ended] == [JobState.SUCCEEDED] * 10, stage.log()
    assert len(list(stage.client.records("default"))) == 10


def test_pairs_of_ended_and_cancelled_jobs_are_counted(stage, png: bytes) -> None:
    stage.script("editing", refuse=[0])
    job = stage.client.wait(stage.client.submit_synthesis("remove", png, count=4).id, wait_seconds=120)
    assert (len(job.records), [pair.index for pair in job.rejected]) == (3, [0])

    stage.script("detection", seconds=60)
    running = stage.client.submit(png, png)
    stage.until(lambda: stage.done("detection", "begun") == 4)
    assert stage.client.cancel(running.id).state is JobState.CANCELLED
    stage.until(lambda: stage.done("detection", "dropped") == 1)
