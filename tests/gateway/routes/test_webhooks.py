"""Webhooks are named, changed and stopped over HTTP; the events of real jobs and batches come to them."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from gateway.app import create_app
from gateway.settings import GatewaySettings
from tests.gateway.webhooks.receiver import Receiver, receiving

PATH = "/v1/webhooks"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def settings(settings: GatewaySettings) -> GatewaySettings:
    changed = {"outbound_networks": ("127.0.0.0/8",), "sweep_seconds": 0.05, "image_urls": True}
    return GatewaySettings.model_validate({**settings.model_dump(), **changed})


@pytest.fixture
def client(settings: GatewaySettings, serve: Callable[..., httpx.Client]) -> httpx.Client:
    return serve(create_app(settings))


@pytest.fixture
def asset(client: httpx.Client, png: bytes) -> str:
    return str(client.post("/v1/assets", files={"image": ("a.png", png)}).json()["id"])


def _cancelled(client: httpx.Client, asset: str, options: dict[str, Any]) -> str:
    pair = {"image1": {"asset": asset}, "image2": {"asset": asset}, "options": options}
    job = client.post("/v1/difference-captions", json=pair).raise_for_status().json()
    client.delete(job["links"]["self"]).raise_for_status()
    return str(job["id"])


def test_the_end_of_a_job_comes_as_the_event_that_its_resource_has(
    client: httpx.Client, receiver: Receiver, asset: str
) -> None:
    made = client.post(PATH, json={"url": f"{receiver.url}/a", "events": ["imgdiff.job.cancelled"]}).json()
    job = _cancelled(client, asset, {})
    receiver.wait(1)

    event = Webhook(made["secret"]).verify(receiver.received[0].body, receiver.received[0].headers)

    assert event == client.get(f"/v1/jobs/{job}", headers={"accept": "application/cloudevents+json"}).json()
    until = time.monotonic() + 60
    while (log := client.get(f"{PATH}/{made['id']}/deliveries").json())["deliveries"][0]["state"] != "delivered":
        assert time.monotonic() < until
    assert (log["deliveries"][0]["subject"], log["next_cursor"]) == (job, None)


def test_a_job_may_name_its_own_url(client: httpx.Client, receiver: Receiver, asset: str) -> None:
    job = _cancelled(client, asset, {"webhook": f"{receiver.url}/hook?of=me"})
    _cancelled(client, asset, {})
    receiver.wait(1)

    (webhook,) = client.get(PATH).json()["webhooks"]
    secret = client.get(f"{PATH}/{webhook['id']}/secret").json()["secret"]
    (one,) = receiver.at("/hook?of=me")
    assert Webhook(secret).verify(one.body, one.headers)["subject"] == job
    assert (webhook["url"], webhook["requested"]) == (receiver.url, True)


def test_the_end_of_a_batch_comes_once(client: httpx.Client, receiver: Receiver, asset: str) -> None:
    client.post(PATH, json={"url": f"{receiver.url}/a", "events": ["imgdiff.batch.cancelled"]}).raise_for_status()
    body = {"image1": {"asset": asset}, "image2": {"asset": asset}}
    line = json.dumps({"custom_id": "a", "method": "POST", "url": "/v1/difference-captions", "body": body})
    batch = client.post("/v1/batches", content=line).json()["id"]
    client.delete(f"/v1/batches/{batch}").raise_for_status()
    receiver.wait(1)
    time.sleep(0.3)

    assert [json.loads(one.body)["subject"] for one in receiver.received] == [batch]


def test_a_receiver_that_hangs_delays_no_job_and_no_cancel(
    client: httpx.Client, receiver: Receiver, asset: str
) -> None:
    client.post(PATH, json={"url": f"{receiver.url}/a"}).raise_for_status()
    receiver.hanging.clear()
    jobs = [_cancelled(client, asset, {}) for _ in range(8)]

    states = {client.get(f"/v1/jobs/{job}").json()["state"] for job in jobs}
    receiver.hanging.set()

    assert states == {"cancelled"}


def test_a_webhook_is_changed_and_its_secret_replaced(client: httpx.Client, receiver: Receiver, asset: str) -> None:
    made = client.post(PATH, json={"url": f"{receiver.url}/a"}).json()
    path = f"{PATH}/{made['id']}"
    off = client.patch(path, json={"enabled": False, "description": "mine"}).json()
    _cancelled(client, asset, {})
    new = client.post(f"{path}/secret").json()
    client.patch(path, json={"enabled": True})
    job = _cancelled(client, asset, {})
    receiver.wait(1)

    (one,) = receiver.received
    assert (off["enabled"], off["description"], "secret" in off) == (False, "mine", False)
    assert new["secret"] != made["secret"]
    for secret in (new["secret"], made["secret"]):
        assert Webhook(secret).verify(one.body, one.headers)["subject"] == job
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"url": "https://10.0.0.1/hook"}, "/url"),
        ({"url": "ftp://example.com/hook"}, "/url"),
        ({"url": "https://user:word@example.com/"}, "/url"),
        ({"url": "https://example.com/", "events": []}, "/events"),
        ({"url": "https://example.com/", "events": ["imgdiff.nothing"]}, "/events/0"),
        ({}, "/url"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused_by_name(client: httpx.Client, body: object, pointer: str) -> None:
    answer = client.post(PATH, json=body)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


def test_a_job_with_a_url_that_nothing_is_sent_to_is_refused(client: httpx.Client, asset: str) -> None:
    pair = {"image1": {"asset": asset}, "image2": {"asset": asset}, "options": {"webhook": "https://192.168.0.1/"}}

    answer = client.post("/v1/difference-captions", json=pair)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/options/webhook")


def test_an_image_is_fetched_by_its_url(client: httpx.Client, asset: str, png: bytes, serve: Any) -> None:
    address = f"{client.base_url}/v1/assets/{asset}"
    pair = {"image1": {"url": address}, "image2": {"url": f"{address}/missing"}}

    found = client.post("/v1/difference-captions", json={**pair, "image2": {"url": address}})
    missing = client.post("/v1/difference-captions", json=pair)

    assert found.status_code == 202
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (422, "/image2/url")
    assert "status 404" in missing.json()["detail"]
