"""`/metrics` counts what each tenant does, for those who may read it."""

import httpx
import pytest

from gateway.access.principal import Scope
from gateway.app import create_app
from gateway.settings import GatewaySettings
from tests.gateway.access.conftest import Issue
from tests.gateway.conftest import Serve


@pytest.fixture
def headers(issue: Issue) -> dict[str, dict[str, str]]:
    """Keys of two tenants, and one that reads metrics."""
    keys = {name: issue(tenant=name, scopes=[Scope.READ, Scope.WRITE]) for name in ("busy", "calm")}
    keys["reader"] = issue(tenant="calm", scopes=[Scope.METRICS])
    return {name: {"Authorization": f"Bearer {key.text}"} for name, key in keys.items()}


def _lines(client: httpx.Client, reader: dict[str, str]) -> list[str]:
    text = client.get("/metrics", headers=reader).raise_for_status().text
    return [line for line in text.splitlines() if line.startswith("imgdiff_tenant") and "_created" not in line]


def test_requests_refusals_bytes_and_jobs_are_counted_by_tenant(
    settings: GatewaySettings, serve: Serve, headers: dict[str, dict[str, str]], png: bytes
) -> None:
    client = serve(create_app(settings.model_copy(update={"unfinished_jobs": 1})))
    files = {"image1": png, "image2": png}
    answers = [client.post("/v1/difference-captions", files=files, headers=headers["busy"]) for _ in range(2)]
    client.get("/v1/datasets", headers=headers["calm"])

    lines = _lines(client, headers["reader"])

    assert [answer.status_code for answer in answers] == [202, 429]
    assert 'imgdiff_tenant_requests_total{tenant="busy"} 2.0' in lines
    assert 'imgdiff_tenant_refused_total{tenant="busy"} 1.0' in lines
    assert 'imgdiff_tenant_jobs{state="queued",tenant="busy"} 1.0' in lines
    sent = next(line for line in lines if line.startswith('imgdiff_tenant_body_bytes_total{tenant="busy"}'))
    assert float(sent.split()[1]) > 4 * len(png)
    assert 'imgdiff_tenant_refused_total{tenant="calm"} 0.0' in lines


def test_tenants_beyond_the_limit_are_counted_together_and_see_nothing(
    settings: GatewaySettings, serve: Serve, headers: dict[str, dict[str, str]]
) -> None:
    client = serve(create_app(settings.model_copy(update={"metric_tenants": 0})))
    client.get("/v1/datasets", headers=headers["busy"])

    assert client.get("/metrics", headers=headers["busy"]).status_code == 403
    named = {line.partition('tenant="')[2].partition('"')[0] for line in _lines(client, headers["reader"])}
    assert named == {"_other"}
