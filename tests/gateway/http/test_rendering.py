"""Answers and events are strict JSON, also of jobs that an earlier version stored."""

import json
from datetime import UTC, datetime
from typing import Any, NoReturn

import httpx
import pytest
from sqlalchemy import text

from gateway.http.rendering import render
from gateway.settings import GatewaySettings
from gateway.store.database import Database

JOB = f"job_{'7' * 32}"
NAME = "abc\n"
OPTIONS = {
    "dataset": NAME,
    "metadata": {"a": float("nan"), "b": "\ud800\0"},
    "thresholds": {"region.limit": float("inf")},
}
DATASET = "INSERT INTO datasets (name, description, created_at) VALUES (:name, '', :at)"
QUEUED = (
    "INSERT INTO jobs (id, kind, state, dataset, request, created_at) "
    "VALUES (:id, 'difference-captions', 'queued', :name, :request, :at)"
)


def test_what_is_not_finite_is_null() -> None:
    assert json.loads(render({"a": [float("nan"), float("inf"), 0.5, "é"]})) == {"a": [None, None, 0.5, "é"]}


@pytest.fixture
def old_job(settings: GatewaySettings) -> str:
    """A job as the first version stored it: with numbers, a text and a name of a dataset that are refused today."""
    database = Database(settings.database_url)
    request = json.dumps({"kind": "difference-captions", "options": OPTIONS})
    with database.writing() as session:
        named = {"name": NAME, "at": datetime.now(UTC)}
        session.execute(text(DATASET), named)
        session.execute(text(QUEUED), {**named, "id": JOB, "request": request})
    database.close()
    return JOB


def test_a_job_of_an_earlier_version_can_be_read_listed_and_cancelled(client: httpx.Client, old_job: str) -> None:
    for answer in (
        client.get(f"/v1/jobs/{old_job}"),
        client.get("/v1/jobs"),
        client.get("/v1/datasets"),
        client.delete(f"/v1/jobs/{old_job}"),
        client.get(f"/v1/jobs/{old_job}"),
        client.get("/v1/datasets/abc%0A/export", params={"format": "jsonl"}),
    ):
        assert answer.status_code == 200, answer.text

    assert _strict(client.get(f"/v1/jobs/{old_job}").text)["metadata"] == {"a": None, "b": "\ufffd\ufffd"}


def test_events_have_no_number_that_json_has_not(client: httpx.Client, settings: GatewaySettings, old_job: str) -> None:
    client.delete(f"/v1/jobs/{old_job}")
    with client.stream("GET", f"/v1/jobs/{old_job}/events") as answer:
        data = [line.removeprefix("data: ") for line in answer.iter_lines() if line.startswith("data: ")]

    assert [_strict(one)["job"]["metadata"]["a"] for one in data] == [None]


def test_a_stream_from_a_future_event_ends_with_the_job(client: httpx.Client, old_job: str) -> None:
    """Also one that was opened before the job ended, which had to wait for ever."""
    with client.stream("GET", f"/v1/jobs/{old_job}/events", headers={"Last-Event-ID": "9" * 17}) as answer:
        assert answer.status_code == 200
        client.delete(f"/v1/jobs/{old_job}")
        states = [_strict(line[6:])["job"]["state"] for line in answer.iter_lines() if line.startswith("data: ")]

    assert states == ["cancelled"]
    late = client.get(f"/v1/jobs/{old_job}/events", headers={"Last-Event-ID": "9" * 17})
    assert late.status_code == 204


def _strict(document: str) -> Any:
    def refuse(name: str) -> NoReturn:
        raise AssertionError(name)

    return json.loads(document, parse_constant=refuse)
