"""Records, jobs and batches are read as events over HTTP, and the SDK of CloudEvents understands every one."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.http import HTTPMessage, from_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from gateway.settings import GatewaySettings
from gateway.store.database import Database
from imgdiff.records import Record

ONE, SEVERAL = "application/cloudevents+json", "application/cloudevents-batch+json"


@pytest.fixture
def settings(settings: GatewaySettings) -> GatewaySettings:
    return settings.model_copy(update={"event_source": "https://images.example", "sweep_seconds": 0.05})


@pytest.fixture
def stored(
    settings: GatewaySettings, client: httpx.Client, record: Record, store_record: Callable[[Database, Record], Record]
) -> Iterator[list[Record]]:
    """Three records of the data set `default`."""
    database = Database(settings.database_url)
    yield [store_record(database, record) for _ in range(3)]
    database.close()


def _read(client: httpx.Client, path: str) -> BaseCloudEvent:
    answer = client.get(path, headers={"Accept": ONE})
    assert (answer.status_code, answer.headers["content-type"], answer.headers["vary"]) == (200, ONE, "Accept")
    return from_structured(HTTPMessage(dict(answer.headers), answer.content), JSONFormat(), CloudEvent)


def _read_all(client: httpx.Client, path: str) -> tuple[list[BaseCloudEvent], str | None]:
    """The events, and the path of the next page."""
    answer = client.get(path, headers={"Accept": SEVERAL})
    assert (answer.status_code, answer.headers["content-type"], answer.headers["vary"]) == (200, SEVERAL, "Accept")
    found = [JSONFormat().read(CloudEvent, json.dumps(one)) for one in answer.json()]
    return found, answer.links.get("next", {}).get("url")


def _facts(event: BaseCloudEvent) -> tuple[object, ...]:
    return event.get_type(), event.get_id(), event.get_source(), event.get_subject(), event.get_time(), event.get_data()


def test_a_record_is_read_as_the_event_of_its_creation(client: httpx.Client, stored: list[Record]) -> None:
    first = stored[0]
    event = _read(client, f"/v1/records/{first.id}")
    document = json.loads(first.model_dump_json())

    assert _facts(event) == (
        "imgdiff.record.created",
        first.id,
        "https://images.example",
        first.id,
        first.created_at,
        document,
    )
    assert event.get_dataschema() == "urn:imgdiff:schema:record"
    assert _facts(_read(client, f"/v1/records/{first.id}")) == _facts(event)


def test_a_data_set_is_read_as_events_page_by_page(client: httpx.Client, stored: list[Record]) -> None:
    path: str | None = "/v1/datasets/default/records?page_size=2&verdict=different"
    found = []
    while path is not None:
        page, path = _read_all(client, path)
        found += page

    assert [event.get_subject() for event in found] == [record.id for record in stored]
    assert _facts(found[0]) == _facts(_read(client, f"/v1/records/{stored[0].id}"))


def test_a_job_is_read_as_the_event_of_its_last_state(client: httpx.Client, png: bytes) -> None:
    job = client.post("/v1/difference-captions", files={"image1": png, "image2": png}).json()
    path = job["links"]["self"]
    queued = _read(client, path)
    client.delete(path)
    cancelled = _read(client, path)
    events, _ = _read_all(client, job["links"]["events"])
    listed, _ = _read_all(client, "/v1/jobs")

    assert [event.get_type() for event in events] == ["imgdiff.job.queued", "imgdiff.job.cancelled"]
    assert [_facts(event) for event in events] == [_facts(queued), _facts(cancelled)]
    assert [_facts(event) for event in listed] == [_facts(cancelled)]
    assert cancelled.get_data()["finished_at"] == client.get(path).json()["finished_at"]
    assert (
        client.get(path, headers={"Accept": ONE}).text == client.get(path, headers={"Accept": f"{ONE}, */*;q=0.1"}).text
    )


def test_a_batch_is_an_event_once_it_has_ended(client: httpx.Client, png: bytes) -> None:
    asset = {"asset": client.post("/v1/assets", files={"image": png}).json()["id"]}
    line = json.dumps({"custom_id": "a", "body": {"image1": asset, "image2": asset}})
    running = client.post("/v1/batches", content=line).json()
    ended = client.post("/v1/batches", content="no request").json()
    path = ended["links"]["self"]
    while client.get(path).json()["state"] == "running":
        pass
    refused = client.get(running["links"]["self"], headers={"Accept": ONE})
    event = _read(client, path)

    assert (refused.status_code, refused.json()["type"]) == (404, "urn:imgdiff:problem:not-found")
    assert (event.get_type(), event.get_data()) == ("imgdiff.batch.finished", client.get(path).json())
    assert [_facts(one) for one in _read_all(client, "/v1/batches")[0]] == [_facts(event)]


def test_whoever_asks_for_nothing_known_gets_the_document(client: httpx.Client, stored: list[Record]) -> None:
    for accept in ("image/gif", "application/json", "text/html,*/*;q=0.8", f"{ONE};q=0.1, application/json"):
        answer = client.get(f"/v1/records/{stored[0].id}", headers={"Accept": accept})
        assert answer.headers["content-type"] == "application/json"
        assert Record.model_validate(answer.json()) == stored[0]


def test_every_event_fits_its_published_schema(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    content = document["paths"]["/v1/records/{id}"]["get"]["responses"]["200"]["content"]

    assert set(content) == {"application/json", ONE}
    assert content[ONE]["schema"]["$ref"].rpartition("/")[2] in document["components"]["schemas"]
    assert client.get("/v1/schemas/record-cloud-event.json").json()["properties"]["data"]


def test_the_example_prints_every_record(client: httpx.Client, stored: list[Record]) -> None:
    example = Path(__file__).parents[3] / "examples/integrations/cloud_events.py"
    command = [sys.executable, example, str(client.base_url), "default"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert [json.loads(line)["subject"] for line in printed.splitlines()] == [record.id for record in stored]
