"""Liveness, readiness with a check for each dependency, and metrics."""

import time
from collections.abc import Callable, Sequence

import httpx
from fastapi import FastAPI

from gateway.app import create_app
from gateway.settings import GatewaySettings
from imgdiff.errors import ImgdiffError
from imgdiff.jobs import StageName
from imgdiff.records import ModelUse
from services.serving.app import Serving, create_service_app
from services.serving.engine import Ticket
from services.serving.settings import ServiceSettings

MODEL = ModelUse(stage="detection", name="none", version="1", sha256="0" * 64, licence="CC0-1.0")
Serve = Callable[[FastAPI], httpx.Client]


class Idle:
    """An engine with nothing to do."""

    backend = "idle"
    device = "cpu"
    models = (MODEL,)

    def warm_up(self) -> None:
        """Nothing to do."""

    def run(self, batch: Sequence[Ticket[int]]) -> list[int | ImgdiffError]:
        return [ticket.work for ticket in batch]


def _service(serve: Serve, name: StageName) -> str:
    client = serve(create_service_app(Serving[int, int](name, ServiceSettings(), Idle)))
    until = time.perf_counter() + 120
    while client.get("/v2/health/ready").status_code != 200:
        assert time.perf_counter() < until
        time.sleep(0.01)
    return str(client.base_url)


def test_a_gateway_without_its_services_is_alive_but_not_ready(client: httpx.Client) -> None:
    answer = client.get("/readyz")
    checks = answer.json()["checks"]

    assert client.get("/livez").json() == {"live": True}
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert {name for name, state in checks.items() if state == "ok"} == {"database", "assets", "redis"}
    assert "127.0.0.1" not in answer.text


def test_a_gateway_with_all_services_is_ready_and_lists_their_models(serve: Serve, settings: GatewaySettings) -> None:
    urls = {f"{name}_url": _service(serve, name) for name in StageName}
    client = serve(create_app(settings.model_copy(update=urls)))

    assert client.get("/readyz").json()["ready"] is True
    services = client.get("/v1/models").json()["services"]
    assert [(s["service"], s["ready"], s["backend"]) for s in services] == [(n.value, True, "idle") for n in StageName]
    assert services[0]["models"] == [MODEL.model_dump()]


def test_services_that_do_not_answer_are_listed_as_not_ready(client: httpx.Client) -> None:
    services = client.get("/v1/models").json()["services"]

    assert [(service["ready"], service["backend"]) for service in services] == [(False, None)] * 3


def test_metrics_count_requests_by_route_and_the_queues(client: httpx.Client) -> None:
    for name in ("a", "b"):
        client.get(f"/v1/datasets/{name}")
    text = client.get("/metrics").text

    assert 'imgdiff_gateway_requests_total{method="GET",route="/v1/datasets/{name}",status="404"} 2.0' in text
    assert 'imgdiff_jobs{state="queued"} 0.0' in text
    assert 'imgdiff_stage_queue_depth{stage="captioning"} 0.0' in text
