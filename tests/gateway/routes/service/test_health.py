"""Liveness, readiness with a check for each dependency, and metrics."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI

from gateway.app import create_app
from gateway.pipeline.broker import Broker
from gateway.settings import GatewaySettings
from imgdiff.errors import ImgdiffError
from imgdiff.jobs import StageName
from imgdiff.records import ModelUse
from services.serving.app import Serving, create_service_app
from services.serving.engine import Ticket
from services.serving.settings import ServiceSettings
from tests.full_disk import full_disk

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


def test_a_gateway_without_services_and_worker_takes_jobs_and_says_what_waits(client: httpx.Client) -> None:
    answer = client.get("/readyz")
    checks, degraded = answer.json()["checks"], answer.json()["degraded"]

    assert client.get("/livez").json() == {"live": True}
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert {name for name, state in checks.items() if state != "ok"} == {*StageName} | set(degraded)
    assert {*StageName} <= set(degraded) <= {"worker", *StageName}  # another test's worker may have been here just now
    assert "127.0.0.1" not in answer.text
    assert client.get("/readyz", params={"degraded": False}).status_code == 503


def test_a_gateway_with_all_services_is_ready_and_lists_their_models(serve: Serve, settings: GatewaySettings) -> None:
    urls = {f"{name}_url": _service(serve, name) for name in StageName}
    broker = Broker(settings)
    broker.beat(StageName)
    broker.close()
    client = serve(create_app(settings.model_copy(update=urls)))

    until = time.perf_counter() + 60
    while degraded := client.get("/readyz", params={"degraded": False}).json()["degraded"]:
        assert time.perf_counter() < until, degraded
        time.sleep(0.1)  # on a busy machine the first answers may take longer than a probe waits
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


def test_without_redis_or_room_in_the_queue_jobs_are_taken_or_refused_but_the_gateway_is_ready(
    serve: Serve, settings: GatewaySettings, png: bytes
) -> None:
    client = serve(create_app(settings.model_copy(update={"redis_url": "redis://127.0.0.1:9/0", "max_queued_jobs": 1})))
    assert client.post("/v1/difference-captions", files={"image1": png, "image2": png}).status_code == 202

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]["database"]) == (200, "ok")
    assert {"redis", "queue", "worker"} <= set(answer.json()["degraded"])
    assert "1 jobs are waiting" in answer.json()["degraded"]["queue"]


def test_a_disk_with_too_little_room_and_a_store_that_is_gone_take_readiness_away(
    serve: Serve, settings: GatewaySettings, tmp_path: Path
) -> None:
    client = serve(create_app(settings.model_copy(update={"min_free_bytes": 2**60})))
    (tmp_path / "assets").rename(tmp_path / "moved")
    (tmp_path / "assets").touch()

    answer = client.get("/readyz")
    series = client.get("/metrics").text

    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert "fewer than" in answer.json()["checks"]["disk"]
    assert "asset store" in answer.json()["checks"]["assets"]
    assert "imgdiff_gateway_ready 0.0" in series
    assert 'imgdiff_gateway_check{check="disk"} 0.0' in series
    assert 'imgdiff_gateway_check{check="database"} 1.0' in series


@contextmanager
def _locked(url: str) -> Iterator[None]:
    """Nobody else writes to the file meanwhile."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_liveness_needs_no_thread_while_all_of_them_wait(serve: Serve, settings: GatewaySettings) -> None:
    client = serve(create_app(settings.model_copy(update={"database_wait_seconds": 60.0})))
    callers = ThreadPoolExecutor(80)

    with callers, _locked(settings.database_url):
        waiting = [callers.submit(client.post, "/v1/assets/prune", timeout=180) for _ in range(80)]
        time.sleep(1.5)  # for all 40 threads to wait
        answers = [client.get("/livez", timeout=20) for _ in range(20)]
        assert not any(one.done() for one in waiting)

    assert {answer.status_code for answer in answers} == {200}
    assert {one.result().status_code for one in waiting} <= {200, 503}


def test_a_locked_database_is_503_with_a_time_to_retry(serve: Serve, settings: GatewaySettings, png: bytes) -> None:
    client = serve(create_app(settings.model_copy(update={"database_wait_seconds": 0.2})))

    with _locked(settings.database_url):
        answer = client.post("/v1/assets", files={"image": png})
        assert client.get("/readyz").json()["checks"]["database"].startswith("the database is locked")

    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:imgdiff:problem:service-unavailable"
    assert int(answer.headers["retry-after"]) > 0
    assert client.post("/v1/assets", files={"image": png}).status_code == 201


def test_a_full_disk_is_503_with_known_images_and_with_new_ones(client: httpx.Client, png: bytes) -> None:
    known = client.post("/v1/assets", files={"image": png}).json()["id"]
    pair = {"image1": {"asset": known}, "image2": {"asset": known}}

    with full_disk(0):
        answers = [
            client.post("/v1/difference-captions", json=pair),
            client.post("/v1/assets", files={"image": png + b"more"}),
            client.post("/v1/datasets", json={"name": "new"}),
        ]

    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    assert client.get("/v1/jobs").json()["jobs"] == []
    assert client.post("/v1/difference-captions", json=pair).status_code == 202
