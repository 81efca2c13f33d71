"""A feed resumes after the last event, and gives up after connections without any."""

import json
from typing import Any

import pytest
from httpx_sse import ServerSentEvent

from imgdiff.client.feed import Feed
from imgdiff.client.flows import ENDLESS
from imgdiff.client.transport.retries import Retries
from imgdiff.errors import ServiceUnavailable

JOB = "job_" + "0" * 32


@pytest.fixture
def feed() -> Feed:
    return Feed(JOB, Retries(attempts=3, first_pause=1.0), ENDLESS)


def _event(state: str, id_: str) -> ServerSentEvent:
    links = {"self": "x", "events": "x", "cancel": "x"}
    job = {"id": JOB, "kind": "synthesis", "state": state, "progress": 0, "stages": [], "links": links}
    data: dict[str, Any] = {"type": "state", "job": {**job, "created_at": "2026-01-02T03:04:05Z"}}
    return ServerSentEvent(event="state", data=json.dumps(data), id=id_)


def test_the_next_request_resumes_after_the_last_event(feed: Feed) -> None:
    feed.accept(_event("running", "4"))

    assert feed.call().headers["Last-Event-ID"] == "4"
    assert feed.is_open()


def test_a_final_job_closes_the_feed(feed: Feed) -> None:
    feed.accept(_event("succeeded", "5"))

    assert not feed.is_open()


def test_an_event_of_another_version_is_skipped_but_remembered(feed: Feed) -> None:
    assert feed.accept(ServerSentEvent(event="new", data="{}", id="6")) is None
    assert feed.call().headers["Last-Event-ID"] == "6"


def test_pauses_double_and_the_last_one_raises(feed: Feed) -> None:
    assert [next(feed.pause()), next(feed.pause())] == [1.0, 2.0]
    with pytest.raises(ServiceUnavailable, match="3 times in a row"):
        next(feed.pause())


def test_an_event_starts_the_count_of_pauses_again(feed: Feed) -> None:
    next(feed.pause())
    feed.accept(_event("running", "1"))

    assert next(feed.pause()) == 1.0
