"""Every service answers health, metadata and metrics in the same way."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Form, Request

from imgdiff.errors import ImgdiffError, WeightsUnavailable
from imgdiff.jobs import StageName
from imgdiff.records import ModelUse
from imgdiff.stages import REVISION_HEADER
from services.serving.app import Serving, create_service_app
from services.serving.cancellation import Cancellation
from services.serving.engine import Engine, Ticket, answer_each
from services.serving.settings import ServiceSettings

MODEL = ModelUse(stage="detection", name="none", version="1", sha256="0" * 64, licence="CC0-1.0")


class Sleeper:
    """An engine that sleeps for the requested seconds and checks the cancellation."""

    backend = "sleeper"
    device = "cpu"
    models = (MODEL,)

    def __init__(self) -> None:
        self.warm = threading.Event()
        self.finished: list[float] = []

    def warm_up(self) -> None:
        self.warm.wait(120)

    def run(self, batch: Sequence[Ticket[float]]) -> list[float | ImgdiffError]:
        return answer_each(self._sleep, batch)

    def _sleep(self, seconds: float, cancellation: Cancellation) -> float:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            cancellation.check()
            time.sleep(0.01)
        self.finished.append(seconds)
        return seconds


class Hanging:
    """An engine that gives no sign of life until its gate is opened."""

    backend = "hanging"
    device = "cpu"
    models = (MODEL,)

    def __init__(self) -> None:
        self.gate = threading.Event()

    def warm_up(self) -> None:
        """Nothing to warm up."""

    def run(self, batch: Sequence[Ticket[float]]) -> list[float | ImgdiffError]:
        self.gate.wait(120)
        return [ticket.work for ticket in batch]


Loopback = Callable[[FastAPI], AbstractContextManager[httpx.Client]]


def _app(load: Callable[[], Engine[float, float]], **settings: float) -> FastAPI:
    serving = Serving[float, float](StageName.DETECTION, ServiceSettings(**settings), load)  # type: ignore[arg-type]
    app = create_service_app(serving)

    @app.post("/sleep")
    async def sleep(request: Request, seconds: float) -> float:
        answer = await serving.answer(request, seconds)
        serving.metrics.answered(200)
        return answer

    @app.post("/measure")
    async def measure(request: Annotated[str, Form()]) -> int:
        return len(request)

    return app


def _wait(condition: Callable[[], bool], seconds: float = 120) -> None:
    until = time.perf_counter() + seconds
    while not condition():
        assert time.perf_counter() < until, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def engine() -> Sleeper:
    return Sleeper()


@pytest.fixture
def client(engine: Sleeper, loopback: Loopback) -> Iterator[httpx.Client]:
    with loopback(_app(lambda: engine, max_batch=1, max_queue=1)) as client:
        engine.warm.set()
        _wait(lambda: client.get("/v2/health/ready").status_code == 200)
        yield client


def test_a_service_is_alive_before_it_is_ready_and_ready_only_when_warm(engine: Sleeper, loopback: Loopback) -> None:
    with loopback(_app(lambda: engine)) as client:
        assert client.get("/v2/health/live").status_code == 200
        assert client.get("/v2/health/ready").status_code == 503
        early = client.post("/sleep", params={"seconds": 0})
        assert (early.status_code, early.headers["retry-after"]) == (503, "2")

        engine.warm.set()
        _wait(lambda: client.get("/v2/health/ready").status_code == 200)
        assert client.get("/v2/models/detection/ready").json() == {"ready": True, "state": "ready"}


def test_a_service_that_cannot_load_reports_it_and_is_not_alive(loopback: Loopback) -> None:
    def load() -> Engine[float, float]:
        raise ValueError("unknown backend 'x'; known: sleeper")

    with loopback(_app(load)) as client:
        _wait(lambda: client.get("/v2/health/live").status_code == 503)
        assert "unknown backend" in client.get("/v2/health/ready").json()["state"]


def test_a_service_loads_again_once_what_it_lacked_is_there(engine: Sleeper, loopback: Loopback) -> None:
    missing = threading.Event()
    missing.set()

    def load() -> Engine[float, float]:
        if missing.is_set():
            raise WeightsUnavailable("vits14-int8 is damaged and cannot be fetched again")
        return engine

    engine.warm.set()
    with loopback(_app(load)) as client:
        _wait(lambda: client.get("/v2/health/live").status_code == 503)
        assert "vits14-int8 is damaged" in client.get("/v2/health/live").json()["state"]
        missing.clear()
        _wait(lambda: client.get("/v2/health/ready").status_code == 200)
        assert client.get("/v2/health/live").json() == {"live": True, "state": "alive"}


def test_a_model_that_hangs_is_not_alive(loopback: Loopback) -> None:
    hung = Hanging()
    with loopback(_app(lambda: hung, max_silent_seconds=0.3)) as client:
        _wait(lambda: client.get("/v2/health/ready").status_code == 200)
        asking = threading.Thread(target=lambda: client.post("/sleep", params={"seconds": 1}))
        asking.start()
        _wait(lambda: client.get("/v2/health/live").status_code == 503)
        assert "no sign of life" in client.get("/v2/health/live").json()["state"]
        assert client.get("/v2/health/ready").status_code == 503
        hung.gate.set()
        asking.join()
        assert client.get("/v2/health/live").status_code == 200


def test_metadata_names_backend_device_and_weights(client: httpx.Client) -> None:
    metadata = client.get("/v2/models/detection").json()

    assert (metadata["backend"], metadata["device"]) == ("sleeper", "cpu")
    assert metadata["models"] == [MODEL.model_dump()]


def test_answers_to_work_name_the_revision_that_the_metadata_has(client: httpx.Client) -> None:
    revision = client.get("/v2/models/detection").json()["revision"]

    assert len(revision) == 64
    assert client.post("/sleep", params={"seconds": 0}).headers[REVISION_HEADER] == revision


def test_another_models_name_is_not_found(client: httpx.Client) -> None:
    answer = client.get("/v2/models/captioning")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:imgdiff:problem:not-found"


def test_a_bad_parameter_is_named_by_its_pointer(client: httpx.Client) -> None:
    problem = client.post("/sleep", params={"seconds": "long"}).json()

    assert [item["pointer"] for item in problem["errors"]] == ["/query/seconds"]


def test_what_the_framework_refuses_is_a_problem_too(client: httpx.Client) -> None:
    broken = client.post(
        "/measure", content=b"--b\r\nx--b--\r\n", headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    answers = [broken, client.get("/measure"), client.get("/none")]

    assert [answer.status_code for answer in answers] == [422, 405, 404]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert answers[1].headers["allow"] == "POST"


def test_a_full_service_rejects_with_retry_after_and_counts_it(client: httpx.Client) -> None:
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(client.post("/sleep", params={"seconds": 1.5}).status_code))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(set(answers)) == [200, 503]
    assert f'imgdiff_refused_total{{service="detection"}} {answers.count(503):.1f}' in client.get("/metrics").text


def test_work_stops_when_its_client_disconnects(client: httpx.Client, engine: Sleeper) -> None:
    with pytest.raises(httpx.ReadTimeout):
        client.post("/sleep", params={"seconds": 60}, timeout=0.3)
    started = time.perf_counter()
    client.post("/sleep", params={"seconds": 0})

    assert time.perf_counter() - started < 30
    assert engine.finished == [0.0]


def test_a_request_with_a_mask_for_each_of_many_objects_is_read(client: httpx.Client) -> None:
    text = "0" * (24 * 256 * 1024)  # what 24 donors have at most, with masks that a form may send
    answer = client.post("/measure", data={"request": text}, files={"image": b"png"})

    assert answer.json() == len(text)
