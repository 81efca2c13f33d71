"""The gateway is killed while a batch arrives, is fed and ends: every line is answered once, by real processes."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from gateway import __main__ as gateway_process
from gateway.settings import GatewaySettings
from imgdiff.batches.documents import BatchState
from imgdiff.client import Client
from imgdiff.client.transport.retries import Retries
from imgdiff.errors import ServiceUnavailable
from tests.gateway.pipeline.processes import Start, forked
from tests.ports import reserved_ports

pytestmark = pytest.mark.slow  # kills and restarts the gateway, which takes ten seconds a test
LINES = 12


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(settings: GatewaySettings, request: pytest.FixtureRequest) -> Iterator[GatewaySettings]:
    """The settings of the other tests on each kind of database, with a port for the gateway."""
    with reserved_ports(1) as (port,):
        own: dict[str, Any] = {"batch_jobs_in_flight": 4, "port": port}
        if request.param == "postgresql":
            own["database_url"] = request.getfixturevalue("new_postgres")
        yield settings.model_copy(update=own)


@pytest.fixture
def services(services: dict[str, Start]) -> dict[str, Start]:
    """The scripted services and the gateway, as a process that can be killed."""
    return {**services, "gateway": forked(gateway_process.main)}


@pytest.fixture
def serve(settings: GatewaySettings) -> Iterator[Callable[[object], httpx.Client]]:
    """A client of the gateway's process, which `stage` starts."""
    with httpx.Client(base_url=f"http://127.0.0.1:{settings.port}") as http:
        yield lambda _: http


def _write(folder: Path, image: dict[str, str]) -> Path:
    lines = [{"custom_id": f"pair-{number}", "body": {"image1": image, "image2": image}} for number in range(LINES)]
    path = folder / "lines.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def _draw() -> dict[str, str]:
    """An image of half a megabyte in a line, so that the file is sent in several parts."""
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(3).integers(0, 256, (400, 420, 3), dtype=np.uint8)).save(out, "PNG")
    return {"base64": base64.b64encode(out.getvalue()).decode()}


def _restart(stage) -> None:
    stage.kill("gateway")
    stage.start("gateway")
    stage.until(stage.client.ready)


def _check_all(stage, batch_id: str) -> None:
    batch = stage.client.batches.wait(batch_id, wait_seconds=120)
    output = list(stage.client.batches.output(batch_id))

    assert (batch.state, batch.counts.completed) == (BatchState.COMPLETED, LINES), stage.log()
    assert [line.custom_id for line in output] == [f"pair-{number}" for number in range(LINES)]
    assert {len(line.records) for line in output} == {1}
    assert len({line.job for line in output}) == len(list(stage.client.records("default"))) == LINES


def test_it_is_killed_while_a_file_arrives_which_then_goes_on(stage, tmp_path: Path) -> None:
    path = _write(tmp_path, _draw())
    stored: list[int] = []

    def kill_in_the_middle(received: int) -> None:
        stored.append(received)
        if len(stored) == 2:
            stage.kill("gateway")

    with Client(stage.client.url, retries=Retries(attempts=1)) as client, pytest.raises(ServiceUnavailable):
        client.batches.create(path, key="once", on_bytes=kill_in_the_middle)
    stage.start("gateway")
    stage.until(stage.client.ready)
    batch = stage.client.batches.create(path, key="once", on_bytes=stored.append)

    assert 0 < stored[0] < stored[1] <= stored[2] < stored[-1] == path.stat().st_size
    assert [one.id for one in stage.client.batches.list()] == [batch.id]
    _check_all(stage, batch.id)


def test_it_is_killed_inside_a_request_whose_whole_lines_stay(stage, tmp_path: Path) -> None:
    content = _write(tmp_path, _draw()).read_bytes()

    def body() -> Iterator[bytes]:
        for at in range(0, len(content) * 3 // 4, 2**18):
            yield content[at : at + 2**18]
        stage.until(lambda: any(one.received_bytes for one in stage.client.batches.list()))
        stage.kill("gateway")

    with pytest.raises(httpx.TransportError):
        stage.http.post("/v1/batches", content=body(), headers={"Idempotency-Key": "once"}, timeout=60)
    stage.start("gateway")
    stage.until(stage.client.ready)
    (begun,) = stage.client.batches.list()
    batch = stage.client.batches.create(content, resume=begun.id)

    assert (begun.state, content[begun.received_bytes - 1 :][:1]) == (BatchState.RECEIVING, b"\n")
    _check_all(stage, batch.id)


def test_it_is_killed_while_lines_start_and_while_the_last_ones_end(stage, tmp_path: Path, png: bytes) -> None:
    stage.script("detection", seconds=0.2)
    path = _write(tmp_path, {"asset": stage.client.upload(png).id})
    batch = stage.client.batches.create(path)
    stage.until(lambda: stage.done("detection") >= 2)
    _restart(stage)
    stage.until(lambda: stage.done("detection", "begun") >= LINES)  # so that all messages have been sent
    stage.kill("gateway")
    stage.until(lambda: stage.done("captioning") >= LINES)
    stage.start("gateway")
    stage.until(stage.client.ready)

    _check_all(stage, batch.id)
