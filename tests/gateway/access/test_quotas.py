"""Quotas of tenants: in a process, over all processes, and over loopback."""

import asyncio
import base64
import json
import re

import httpx
import pytest

from gateway.access.issuing import Issued
from gateway.access.quotas import Meter
from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.store.access import quotas
from gateway.store.access.quotas import Quota
from gateway.store.database import Database
from imgdiff.errors import QuotaExceeded
from tests.gateway.access.conftest import Issue
from tests.gateway.conftest import Serve


class Clock:
    """A clock that a test moves."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def _settled(database: Database, defaults: Quota) -> Meter:
    meter = Meter(database, defaults)
    asyncio.run(meter.settle())
    return meter


def test_requests_come_back_evenly(database: Database) -> None:
    clock = Clock()
    meter = Meter(database, Quota(requests_per_minute=6), clock)
    shown = [meter.count_request("acme")["RateLimit"] for _ in range(6)]

    with pytest.raises(QuotaExceeded) as refused:
        meter.count_request("acme")
    clock.seconds = 9.5
    with pytest.raises(QuotaExceeded):
        meter.count_request("acme")
    clock.seconds = 10.0
    meter.count_request("acme")

    assert shown[0] == '"requests";r=5;t=10'
    assert shown[-1] == '"requests";r=0;t=10'
    assert refused.value.retry_after == 10
    assert meter.count_request("other")["RateLimit-Policy"] == '"requests";q=6;w=60'


def test_bytes_are_added_up_over_all_processes(database: Database) -> None:
    meters = [_settled(database, Quota(upload_bytes_per_day=100)) for _ in range(2)]
    for meter in meters:
        meter.count_bytes("acme", 50)
    for meter in (*meters, *meters):  # each has stored its own before the other reads
        asyncio.run(meter.settle())

    for meter in meters:
        assert re.search(r'"upload-bytes";r=0;t=\d+', meter.count_request("acme")["RateLimit"])
        with pytest.raises(QuotaExceeded, match="100 bytes a day"):
            meter.count_bytes("acme", 1)
        meter.count_bytes("other", 100)


def test_a_tenants_own_quota_replaces_the_setting(database: Database) -> None:
    with database.writing() as session:
        quotas.change(session, "acme", Quota(requests_per_minute=1))
    meter = _settled(database, Quota(requests_per_minute=9, upload_bytes_per_day=9))

    assert meter.quota("acme") == Quota(1, 9)
    assert meter.quota("other") == Quota(9, 9)


def test_a_keys_own_quota_replaces_its_tenants_and_counts_to_it_alone(database: Database) -> None:
    with database.writing() as session:
        quotas.change(session, quotas.account_of("k1"), Quota(requests_per_minute=1, upload_bytes_per_day=10))
    meter = _settled(database, Quota(requests_per_minute=2, upload_bytes_per_day=100))

    shown = meter.count_request("acme", "k1")
    with pytest.raises(QuotaExceeded, match="the key 'k1' may send 1 requests a minute"):
        meter.count_request("acme", "k1")
    meter.count_bytes("acme", 10, "k1")
    with pytest.raises(QuotaExceeded, match="the key 'k1' may send 10 bytes a day"):
        meter.count_bytes("acme", 1, "k1")

    assert shown["RateLimit-Policy"].startswith('"requests";q=1;w=60, "upload-bytes";q=10')
    others = [meter.count_request("acme", "k2"), meter.count_request("acme")]
    assert [one["RateLimit"].split(";t=")[0] for one in others] == ['"requests";r=1', '"requests";r=0']
    meter.count_bytes("acme", 100, "k2")


def test_what_a_key_has_sent_is_added_up_over_all_processes(database: Database) -> None:
    with database.writing() as session:
        quotas.change(session, quotas.account_of("k1"), Quota(upload_bytes_per_day=10))
    meters = [_settled(database, Quota()) for _ in range(2)]
    meters[0].count_bytes("acme", 8, "k1")
    for meter in meters:
        asyncio.run(meter.settle())

    with pytest.raises(QuotaExceeded):
        meters[1].count_bytes("acme", 3, "k1")


def test_without_quotas_nothing_is_shown_or_refused(client: httpx.Client) -> None:
    assert "ratelimit" not in client.get("/v1/datasets").headers


def test_beyond_its_quota_a_tenant_is_answered_429_and_others_go_on(
    settings: GatewaySettings, serve: Serve, issue: Issue
) -> None:
    busy, other = ({"Authorization": f"Bearer {issue(tenant=name).text}"} for name in ("busy", "other"))
    client = serve(create_app(settings.model_copy(update={"requests_per_minute": 2})))
    answers = [client.get("/v1/datasets", headers=busy) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["type"] == "urn:imgdiff:problem:quota-exceeded"
    assert answers[0].headers["ratelimit-policy"] == '"requests";q=2;w=60'
    assert [answer.headers["ratelimit"] for answer in answers[:1]] == ['"requests";r=1;t=30']
    assert 1 <= int(answers[2].headers["retry-after"]) <= 30
    assert client.get("/v1/datasets", headers=other).status_code == 200
    assert client.get("/livez").status_code == 200


def test_a_body_beyond_the_days_bytes_is_cut_off(settings: GatewaySettings, serve: Serve, png: bytes) -> None:
    client = serve(create_app(settings.model_copy(update={"upload_bytes_per_day": 2 * len(png)})))
    answers = [client.post("/v1/assets", files={"image": png}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 429, 429]
    assert answers[1].headers["ratelimit-policy"].endswith("q=" + str(2 * len(png)) + ';qu="content-bytes";w=86400')
    assert int(answers[1].headers["retry-after"]) > 0


def test_beyond_its_unfinished_jobs_a_tenant_is_answered_429_until_one_ends(
    settings: GatewaySettings, serve: Serve, issue: Issue, png: bytes
) -> None:
    busy, other = ({"Authorization": f"Bearer {issue(tenant=name).text}"} for name in ("busy", "other"))
    client = serve(create_app(settings.model_copy(update={"unfinished_jobs": 2})))

    def submit(headers: dict[str, str]) -> httpx.Response:
        return client.post("/v1/difference-captions", headers=headers, files={"image1": png, "image2": png})

    answers = [submit(busy) for _ in range(3)]
    line = {"custom_id": "a", "method": "POST", "url": "/v1/difference-captions"}
    image = {"base64": base64.b64encode(png).decode()}
    content = json.dumps({**line, "body": {"image1": image, "image2": image}})
    batch = client.post("/v1/batches", content=content, headers={**busy, "Content-Type": "application/jsonl"})

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert "2 unfinished jobs" in answers[2].json()["detail"]
    assert int(answers[2].headers["retry-after"]) >= 1
    assert submit(other).status_code == 202
    assert batch.status_code == 201, "it has a limit of its own"
    client.delete(answers[0].headers["location"], headers=busy).raise_for_status()
    assert [submit(busy).status_code, submit(busy).status_code] == [202, 429]


def test_jobs_of_a_key_with_a_quota_of_its_own_count_to_it_alone(
    settings: GatewaySettings, serve: Serve, issue: Issue, png: bytes
) -> None:
    bound, free = issue(tenant="acme"), issue(tenant="acme")
    database = Database(settings.database_url)
    with database.writing() as session:
        quotas.change(session, quotas.account_of(bound.stored.id), Quota(unfinished_jobs=2))
    database.close()
    client = serve(create_app(settings.model_copy(update={"unfinished_jobs": 1})))

    def submit(issued: Issued) -> httpx.Response:
        headers = {"Authorization": f"Bearer {issued.text}"}
        return client.post("/v1/difference-captions", headers=headers, files={"image1": png, "image2": png})

    answers = [submit(issued) for issued in (bound, bound, bound, free, free)]

    assert [answer.status_code for answer in answers] == [202, 202, 429, 202, 429]
    assert f"the key '{bound.stored.id}' may have 2" in answers[2].json()["detail"]
    assert "the tenant 'acme' may have 1" in answers[4].json()["detail"]
