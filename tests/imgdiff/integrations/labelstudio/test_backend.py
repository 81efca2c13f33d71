"""The backend answers as Label Studio's own backends do, and a real Label Studio takes its predictions."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from imgdiff import __version__
from imgdiff.client.asynchronous import AsyncClient
from imgdiff.integrations.comparing import CONCURRENCY
from imgdiff.integrations.labelstudio.backend import Backend, make_app
from imgdiff.integrations.labelstudio.config import write_config
from imgdiff.integrations.labelstudio.images import TaskImages
from tests.gateway.exports.environments import make_environment
from tests.imgdiff.conftest import SmallGateway
from tests.ports import reserved_ports

ROOT = Path(__file__).parents[4]
IMAGE = "data:image/png;base64," + base64.b64encode(b"\x89PNG a file").decode()
BROKEN = "data:image/png;base64," + base64.b64encode(b"not an image").decode()
Loopback = Callable[[Starlette], AbstractContextManager[httpx.Client]]


@pytest.fixture
def backend(gateway: SmallGateway, loopback: Loopback) -> Iterator[httpx.Client]:
    """A backend of the small gateway over loopback."""
    with loopback(make_app(Backend(AsyncClient(gateway.url), TaskImages(), {"dataset": "labelled"}))) as client:
        yield client


def _predict(backend: httpx.Client, *pairs: tuple[str, str], config: str = "") -> httpx.Response:
    tasks = [{"id": at, "data": {"image1": one, "image2": two}} for at, (one, two) in enumerate(pairs)]
    params = {"login": None, "password": None, "context": None}
    body = {"tasks": tasks, "project": "1.2", "label_config": config or write_config(), "params": params}
    return backend.post("/predict", json=body)


def test_each_task_is_predicted_and_a_failure_costs_its_own(backend: httpx.Client, gateway: SmallGateway) -> None:
    first, failed, last = _predict(backend, (IMAGE, IMAGE), (IMAGE, BROKEN), (IMAGE, IMAGE)).json()["results"]
    shown = {(one.get("from_name"), one["type"]): one for one in first["result"]}

    assert (failed, last["result"]) == ([], first["result"])
    assert first["model_version"] == f"imgdiff {__version__}"
    assert shown["verdict", "choices"]["value"] == {"choices": ["different"]}
    assert shown["caption", "textarea"]["value"] == {"text": ["The dog is gone from the lawn."]}
    assert shown["regions1", "rectanglelabels"]["value"]["rectanglelabels"] == ["removed"]
    assert shown["regions1", "rectanglelabels"]["value"]["x"] == pytest.approx(100 * 10 / 640)
    assert b'"labelled"' in next(body for body in gateway.bodies if b"image1" in body)


def test_where_every_task_fails_the_problem_is_answered(backend: httpx.Client) -> None:
    answer = _predict(backend, (IMAGE, BROKEN))

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:imgdiff:problem:invalid-image")
    assert _predict(backend, (IMAGE, IMAGE), config="<View/>").json()["errors"][0]["pointer"] == "/label_config"
    assert backend.post("/predict", content=b"{").status_code == 422
    assert _predict(backend).json() == {"results": []}


def test_all_tasks_of_a_request_share_its_time(gateway: SmallGateway, loopback: Loopback) -> None:
    gateway.polls_until_end = 10**6
    app = make_app(Backend(AsyncClient(gateway.url), TaskImages(), {}, wait_seconds=0.5))
    with loopback(app) as client:
        answer = _predict(client, *[(IMAGE, IMAGE)] * (CONCURRENCY + 1))

    assert (answer.status_code, answer.json()["type"]) == (504, "urn:imgdiff:problem:deadline-exceeded")
    assert len(gateway.jobs) <= CONCURRENCY  # the last one did not begin at the end


def test_the_other_routes_answer_as_the_interface_wants(backend: httpx.Client) -> None:
    version = f"imgdiff {__version__}"
    setup = {"project": "1.2", "schema": write_config(), "hostname": "http://127.0.0.1:9", "access_token": "a"}

    assert {backend.get(path).json()["status"] for path in ("/", "/health")} == {"UP"}
    assert backend.post("/setup", json=setup).json() == {"model_version": version}
    assert backend.post("/setup", json={**setup, "schema": "<View/>"}).status_code == 422
    assert backend.get("/versions").json() == {"versions": [version]}
    assert backend.post("/webhook", json={"action": "START_TRAINING"}).json()["status"] == "ok"
    assert backend.get("/metrics").json() == {}


def test_a_login_is_asked_for_on_every_route(gateway: SmallGateway, loopback: Loopback) -> None:
    app = make_app(Backend(AsyncClient(gateway.url), TaskImages(), {}), ("me", "secret"))
    with loopback(app) as client:
        assert [client.get("/health").status_code, client.post("/predict", json={}).status_code] == [401, 401]
        assert client.get("/health", auth=("me", "wrong")).status_code == 401
        assert client.get("/health", auth=("me", "secret")).json()["status"] == "UP"


@pytest.mark.parametrize("name", ["BASIC_AUTH_USER", "BASIC_AUTH_PASS"])
def test_half_a_login_is_refused(nobody: str, name: str) -> None:
    command = [sys.executable, "-m", "imgdiff.cli", "label-studio", "--port", "0", "--url", nobody]
    given = os.environ | {name: "me"}
    ended = subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=60)

    assert ended.returncode == 3
    assert "set both BASIC_AUTH_USER and BASIC_AUTH_PASS" in ended.stderr


@pytest.mark.slow  # an environment of its own
@pytest.mark.timeout(1800)
def test_a_label_studio_takes_the_predictions_of_the_command(gateway: SmallGateway, tmp_path: Path) -> None:
    config = tmp_path / "config.xml"
    command = [sys.executable, "-m", "imgdiff.cli", "label-studio"]
    config.write_text(subprocess.run([*command, "--print-config"], check=True, capture_output=True, text=True).stdout)
    python = make_environment("label-studio-server", "label-studio==1.23.2")
    with reserved_ports(2) as (theirs, ours):
        url = f"http://127.0.0.1:{theirs}"
        given = {"LABEL_STUDIO_API_KEY": "0123456789" * 4, "LABEL_STUDIO_URL": url}
        serve = [*command, "--port", str(ours), "--url", gateway.url]
        with subprocess.Popen(serve, env=os.environ | given) as served:
            script = Path(__file__).with_name("run_label_studio.py")
            ran = subprocess.run(
                [python, script, f"http://127.0.0.1:{ours}", ROOT / "examples", config, tmp_path / "answer.json"],
                cwd=tmp_path,
                env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": "", **given},
                check=False,
                capture_output=True,
                text=True,
            )
            served.terminate()
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads((tmp_path / "answer.json").read_text())

    assert found["state"] == "CO"  # connected
    assert {one["model_version"] for one in found["predictions"]} == {f"imgdiff {__version__}"}
    assert len(found["predictions"]) == 2  # of an upload, and of images inside the task
    assert found["interactive"]["result"] == found["predictions"][0]["result"]
    sent = next(body for body in gateway.bodies if b"image1" in body)
    assert (ROOT / "examples/before.jpg").read_bytes() in sent
