"""Syntheses that fail in part, are slow, or lose their worker or their queue: all end, and no pair is lost."""

import shutil
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.store.database import Database
from gateway.store.tables import StageRow
from imgdiff.jobs import Job, JobState, StageState
from tests.gateway.pipeline.processes import program

_ONLY_EDITING = 'IMGDIFF_GATEWAY_WORKER_STAGES=["editing"]'  # what follows is then published to others
_DYING = str(Path(__file__).parent / "dying_worker.py")


def _indices(job: Job) -> tuple[list[int], list[tuple[int, str]]]:
    """Indices of the records, and of the rejected pairs with their first reasons."""
    records = [one.source.edit.index for one in job.records if one.source.edit is not None]
    return records, [(one.index, one.reasons[0].code) for one in job.rejected]


def _open(stage) -> int:
    database = Database(stage.settings.database_url)
    with database.reading() as session:
        unfinished = select(func.count()).where(StageRow.state.in_(("queued", "running")))
        number = session.scalar(unfinished) or 0
    database.close()
    return number


def test_a_pair_that_always_breaks_editing_is_given_up_and_the_others_are_made(stage, png: bytes) -> None:
    stage.script("editing", broken=[1], psnr={"0": 20.0})
    seen = []

    job = stage.client.wait(
        stage.client.submit_synthesis("remove", png, count=5, seed=1).id, wait_seconds=120, on_event=seen.append
    )

    assert job.state is JobState.SUCCEEDED
    assert _indices(job) == ([0, 2, 3, 4], [(1, "pair.failed")])
    assert stage.done("editing", "begun") == 3 + 4 * 2
    assert StageState.FAILED not in {status.state for event in seen for status in event.job.stages}
    progress = [event.job.progress for event in seen]
    assert progress == sorted(progress)
    assert all(event.job.progress < 1 for event in seen if not event.job.final)


def test_a_synthesis_is_cancelled_between_rounds(stage, png: bytes) -> None:
    stage.script("detection", against=["pair.too_similar"])
    job = stage.client.submit_synthesis("remove", png, count=6).id
    stage.until(lambda: stage.done("detection") >= 2)
    stage.script("editing", seconds=30)
    begun = stage.done("editing", "begun")
    stage.until(lambda: stage.done("editing", "begun") > begun)

    cancelled = stage.client.cancel(job)

    assert cancelled.state is JobState.CANCELLED
    assert StageState.RUNNING not in {status.state for status in cancelled.stages}
    stage.until(lambda: stage.done("editing", "dropped") >= 1)
    assert _open(stage) == 0
    stage.script("editing")
    stage.script("detection")
    assert len(stage.client.wait(stage.client.submit_synthesis("remove", png).id, wait_seconds=120).records) == 1
    assert stage.client.job(job) == cancelled


@pytest.mark.slow  # a worker that is a new program, and a lease that lapses
@pytest.mark.parametrize("name", ["editing", "detection"])
def test_the_worker_dies_between_writing_the_next_stage_and_publishing_its_message(
    stage, png: bytes, name: str
) -> None:
    stage.stop("worker")
    working = stage.starts["worker"]
    stage.starts["worker"] = program("env", _ONLY_EDITING, sys.executable, _DYING, name)
    stage.script("editing", psnr={"0": 20.0})
    job = stage.client.submit_synthesis("remove", png, count=4, seed=1).id
    stage.start("worker")
    stage.until(lambda: stage.processes["worker"].poll() == 1)

    stage.starts["worker"] = working
    stage.start("worker")

    ended = stage.client.wait(job, wait_seconds=120)
    assert _indices(ended) == ([0, 1, 2, 3], []), stage.log()
    assert _open(stage) == 0


def test_redis_loses_its_messages_between_rounds(stage, png: bytes) -> None:
    stage.script("editing", psnr={"0": 20.0}, seconds=0.2)
    job = stage.client.submit_synthesis("remove", png, count=6, seed=1).id
    stage.until(lambda: stage.done("detection") >= 2)

    stage.kill("redis")
    shutil.rmtree(stage.folder / "appendonlydir")
    stage.until(lambda: not stage.client.ready())
    stage.start("redis")

    ended = stage.client.wait(job, wait_seconds=120)
    assert _indices(ended) == (list(range(6)), []), stage.log()
    assert _open(stage) == 0
