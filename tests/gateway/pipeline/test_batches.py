"""Batches through real processes: every line ends once, whoever is killed, and single requests go first."""

import asyncio
import io
import json
import threading
import time
from typing import Any

import pytest

from gateway.settings import GatewaySettings
from imgdiff.batches.documents import BatchState
from imgdiff.client import AsyncClient
from imgdiff.errors import NotFound
from imgdiff.jobs import JobState


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(settings: GatewaySettings, request: pytest.FixtureRequest) -> GatewaySettings:
    """The settings of the other tests on each kind of database; few jobs of batches run at a time."""
    few = {"batch_jobs_in_flight": 4}
    if request.param == "postgresql":
        few["database_url"] = request.getfixturevalue("new_postgres")
    return settings.model_copy(update=few)


def _lines(asset: str, count: int, first: int = 0, **options: Any) -> bytes:
    image = {"asset": asset}
    body = {"image1": image, "image2": image, "options": options}
    lines = [{"custom_id": f"pair-{number}", "body": body} for number in range(first, first + count)]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _check_all(stage, batch_id: str, count: int) -> None:
    batch = stage.client.batches.wait(batch_id, wait_seconds=120)
    output = list(stage.client.batches.output(batch_id))

    assert (batch.state, batch.counts.completed) == (BatchState.COMPLETED, count), stage.log()
    assert [line.custom_id for line in output] == [f"pair-{number}" for number in range(count)]
    assert {len(line.records) for line in output} == {1}
    assert len({line.job for line in output}) == count
    assert len(list(stage.client.records("default"))) == count


def test_every_line_ends_and_errors_are_told_by_line(stage, png: bytes) -> None:
    asset = stage.client.upload(png).id
    stage.script("editing", refuse=[1])
    made = {"operation": "remove", "image": {"asset": asset}, "count": 3}
    synthesis = json.dumps({"custom_id": "made", "url": "/v1/syntheses", "body": made}).encode() + b"\n"

    batch = stage.client.batches.create(_lines(asset, 6, dataset="mine") + b"broken\n" + synthesis)
    ended = stage.client.batches.wait(batch.id, wait_seconds=120)
    *pairs, last = stage.client.batches.output(batch.id)
    (error,) = stage.client.batches.errors(batch.id)

    assert (ended.state, ended.counts.completed, ended.counts.rejected) == (BatchState.COMPLETED, 7, 1), stage.log()
    assert [(line.line, line.custom_id) for line in pairs] == [(number + 1, f"pair-{number}") for number in range(6)]
    assert {record.dataset for line in pairs for record in line.records} == {"mine"}
    assert (len(last.records), [pair.index for pair in last.rejected]) == (2, [1])
    assert (error.line, error.custom_id, error.job) == (7, None, None)
    assert [one.id for one in stage.client.batches.list()] == [batch.id]


def test_the_asyncio_client_sends_follows_and_deletes_batches(stage, png: bytes) -> None:
    content = _lines(stage.client.upload(png).id, 3) + b"broken\n"
    begun = stage.http.post("/v1/batches", content=content[:300], headers={"Upload-Complete": "?0"}).json()["id"]
    stored: list[int] = []

    async def run() -> dict[str, Any]:
        async with AsyncClient(stage.client.url) as client:
            batches, seen = client.batches, {}
            seen["sent"] = await batches.create(content, resume=begun, on_bytes=stored.append)
            seen["ended"] = await batches.wait(begun, wait_seconds=120)
            seen["output"] = [line async for line in batches.output(begun)]
            seen["errors"] = [line async for line in batches.errors(begun)]
            other = await batches.create(io.BytesIO(_lines("sha256:" + "0" * 64, 1)), key="once")
            seen["cancelled"] = await batches.cancel(other.id)
            seen["listed"] = [one async for one in batches.list(page_size=1)]
            await batches.delete(begun)
            with pytest.raises(NotFound):
                await batches.get(begun)
            with pytest.raises(NotFound):
                seen["none"] = [line async for line in batches.output(begun)]
            return seen

    seen = asyncio.run(run())

    assert (seen["sent"].id, seen["ended"].state, stored[-1]) == (begun, BatchState.COMPLETED, len(content))
    assert seen["output"] == sorted(seen["output"], key=lambda line: line.line)
    assert [(line.custom_id, len(line.records), line.deleted) for line in seen["output"]] == [
        (f"pair-{number}", 1, False) for number in range(3)
    ]
    assert [(one.line, one.error.status) for one in seen["errors"]] == [(4, 422)]
    assert [one.id for one in seen["listed"]] == [seen["cancelled"].id, begun]
    assert len(list(stage.client.records("default"))) == 3


def test_a_line_whose_job_fails_is_among_the_errors(stage, png: bytes) -> None:
    stage.script("detection", act="refuse")
    batch = stage.client.batches.create(_lines(stage.client.upload(png).id, 2))

    ended = stage.client.batches.wait(batch.id, wait_seconds=120)
    errors = list(stage.client.batches.errors(batch.id))

    assert (ended.counts.failed, list(stage.client.batches.output(batch.id))) == (2, [])
    assert [(one.custom_id, one.error.errors[0].code) for one in errors] == [("pair-0", "limit"), ("pair-1", "limit")]
    assert {stage.client.job(str(one.job)).state for one in errors} == {JobState.FAILED}


@pytest.mark.slow  # a lease lapses on each kind of database
def test_the_worker_is_killed(stage, png: bytes) -> None:
    stage.script("detection", seconds=0.1)
    batch = stage.client.batches.create(_lines(stage.client.upload(png).id, 12))
    stage.until(lambda: stage.done("detection") >= 3)

    stage.kill("worker")
    stage.start("worker")

    _check_all(stage, batch.id, 12)


@pytest.mark.slow  # on each kind of database
def test_redis_is_killed(stage, png: bytes) -> None:
    stage.script("detection", seconds=0.1)
    batch = stage.client.batches.create(_lines(stage.client.upload(png).id, 12))
    stage.until(lambda: stage.done("detection") >= 3)

    stage.kill("redis")
    time.sleep(0.5)  # the feeder goes on without it
    stage.start("redis")

    _check_all(stage, batch.id, 12)


def test_a_person_waits_for_the_few_jobs_in_flight_only(stage, png: bytes) -> None:
    stage.script("detection", seconds=0.2)
    asset = stage.client.upload(png).id
    batch = stage.client.batches.create(_lines(asset, 60))
    stage.until(lambda: stage.done("detection", "begun") >= 4)

    record = stage.client.compare(png, png, wait_seconds=120)
    counts = stage.client.batches.get(batch.id).counts

    assert record.regions
    assert counts.waiting > 30
    assert counts.running <= 4


def test_two_batches_share_the_room(stage, png: bytes) -> None:
    stage.script("detection", seconds=0.1)
    asset = stage.client.upload(png).id
    large = stage.client.batches.create(_lines(asset, 60, dataset="large"))
    small = stage.client.batches.create(_lines(asset, 4))

    _check_all(stage, small.id, 4)

    assert stage.client.batches.get(large.id).state is BatchState.RUNNING


def test_a_cancelled_batch_keeps_what_is_finished(stage, png: bytes) -> None:
    stage.script("detection", seconds=0.1)
    batch = stage.client.batches.create(_lines(stage.client.upload(png).id, 40))
    stage.until(lambda: stage.client.batches.get(batch.id).counts.completed >= 3)

    stage.client.batches.cancel(batch.id)
    ended = stage.client.batches.wait(batch.id, wait_seconds=60)
    output = list(stage.client.batches.output(batch.id))

    assert ended.state is BatchState.CANCELLED
    assert len(output) == ended.counts.completed >= 3
    assert ended.counts.cancelled == 40 - ended.counts.completed
    assert len(list(stage.client.records("default"))) == len(output)


def test_an_upload_in_parts_arrives_whole(stage, png: bytes) -> None:
    content = _lines(stage.client.upload(png).id, 12)
    begun = stage.http.post("/v1/batches", content=content[:900], headers={"Upload-Complete": "?0"}).json()

    batch = stage.client.batches.create(content, resume=begun["id"])

    assert batch.id == begun["id"]
    _check_all(stage, batch.id, 12)


def test_two_clients_that_send_the_same_file_make_one_batch(stage, png: bytes) -> None:
    content = _lines(stage.client.upload(png).id, 12)
    made: list[str] = []
    senders = [
        threading.Thread(target=lambda: made.append(stage.client.batches.create(content, key="same").id))
        for _ in range(3)
    ]

    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert (len(made), len(set(made))) == (3, 1)
    _check_all(stage, made[0], 12)
