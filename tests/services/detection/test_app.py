"""`POST /detect` over loopback."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from fastapi import FastAPI

from imgdiff.images import RGB, encode_png
from imgdiff.records import Verdict
from imgdiff.stages import Detection
from services.detection.app import create_app
from services.detection.backends import create_engine
from services.detection.settings import DetectionSettings


@pytest.fixture(scope="module")
def client(ready: Callable[[ExitStack, FastAPI], httpx.Client]) -> Iterator[httpx.Client]:
    with ExitStack() as stack:
        yield ready(stack, create_app(DetectionSettings(threads=1)))


def _post(client: httpx.Client, one: bytes, two: bytes, request: str) -> httpx.Response:
    return client.post("/detect", files={"image1": one, "image2": two}, data={"request": request})


def test_a_pair_is_detected_over_http(client: httpx.Client, photo: RGB, pasted: RGB) -> None:
    answer = _post(client, encode_png(photo), encode_png(pasted), '{"policy": "describe"}')
    assert answer.status_code == 200
    assert Detection.model_validate_json(answer.content).verdict is Verdict.DIFFERENT
    assert 'status="200"' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("request_part", "pointer"),
    [
        ("{", "/request"),
        ('{"policy": "guess"}', "/request/policy"),
        (json.dumps({"thresholds": {"region.nonsense": 1}}), "/request/thresholds/region.nonsense"),
    ],
)
def test_a_bad_request_part_is_named(client: httpx.Client, photo: RGB, request_part: str, pointer: str) -> None:
    image = encode_png(photo)
    answer = _post(client, image, image, request_part)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_bytes_that_are_no_image_are_named(client: httpx.Client, photo: RGB) -> None:
    answer = _post(client, encode_png(photo), b"no image", "{}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/image2")


def test_an_unknown_backend_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"known: .*pixels"):
        create_engine(DetectionSettings(backend="nonsense"))
