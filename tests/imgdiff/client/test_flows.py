"""Flows of several requests, driven without I/O."""

import json

import httpx
import pytest

from imgdiff.client import calls
from imgdiff.client.flows import Deadline, poll, send
from imgdiff.client.transport.retries import Retries
from imgdiff.errors import DeadlineExceeded, NotFound

URL, RETRIES = "http://gateway", Retries(first_pause=0.5)
CALL = calls.job("job_" + "0" * 32)


def _response(status: int, content: bytes = b"", **headers: str) -> httpx.Response:
    return httpx.Response(status, content=content, headers=headers, request=httpx.Request("GET", f"{URL}/v1/jobs/1"))


def _job(state: str) -> bytes:
    links = {"self": "x", "events": "x", "cancel": "x"}
    job = {"id": "job_" + "0" * 32, "kind": "synthesis", "state": state, "progress": 0, "stages": [], "links": links}
    return json.dumps({**job, "created_at": "2026-01-02T03:04:05Z"}).encode()


def test_a_transient_failure_is_followed_by_a_pause_and_the_same_call() -> None:
    flow = send(CALL, RETRIES, URL)

    assert next(flow) is CALL
    pause = flow.send(_response(503))
    assert isinstance(pause, float)
    assert flow.send(None) is CALL
    with pytest.raises(StopIteration) as end:
        flow.send(good := _response(200))
    assert end.value.value is good


def test_a_final_failure_raises_its_error() -> None:
    flow = send(CALL, RETRIES, URL)
    next(flow)

    with pytest.raises(NotFound):
        flow.send(_response(404))


def test_polling_follows_retry_after_and_ends_with_a_final_job() -> None:
    flow = poll(CALL.path.rpartition("/")[2], RETRIES, URL, Deadline(None))
    next(flow)

    assert flow.send(_response(200, _job("running"), **{"Retry-After": "3"})) == 3.0
    flow.send(None)
    with pytest.raises(StopIteration) as end:
        flow.send(_response(200, _job("cancelled")))
    assert end.value.value.final


def test_a_deadline_that_has_passed_raises() -> None:
    assert Deadline(None).left() == float("inf")
    with pytest.raises(DeadlineExceeded, match="not done within 1 seconds"):
        Deadline(1.0, started=-1e9).left()
