"""`POST /caption` over loopback."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from imgdiff.images import RGB, encode_png
from imgdiff.stages import Captioning
from services.captioning.app import create_app
from services.captioning.settings import CaptioningSettings

UNMOVED = {"applied": False, "model": "identity", "matrix": np.eye(3).tolist(), "score": 1.0}
REGION = {"box": [440, 6, 596, 150], "difference": 0.7, "kept": True}


@pytest.fixture(scope="module")
def client(ready: Callable[[ExitStack, FastAPI], httpx.Client]) -> Iterator[httpx.Client]:
    with ExitStack() as stack:
        yield ready(stack, create_app(CaptioningSettings(threads=1)))


def _post(client: httpx.Client, one: bytes, two: bytes, **request: object) -> httpx.Response:
    asked = {"alignment": UNMOVED, "verdict": "different", "regions": [REGION], **request}
    return client.post("/caption", files={"image1": one, "image2": two}, data={"request": json.dumps(asked)})


def test_a_pair_is_captioned_over_http(client: httpx.Client, before: RGB, after: RGB) -> None:
    answer = _post(client, encode_png(before), encode_png(after))

    assert answer.status_code == 200
    captioning = Captioning.model_validate_json(answer.content)
    assert captioning.caption == "A cup at the top right has been added."
    assert {model.stage for model in captioning.models} == {"captioning"}
    assert 'status="200"' in client.get("/metrics").text
    assert client.get("/v2/models/captioning").json()["backend"] == "embedded"


@pytest.mark.parametrize(
    ("request_part", "pointer"),
    [
        ({"verdict": "perhaps"}, "/request/verdict"),
        ({"caption1": "x" * 10_000}, "/request/caption1"),
        ({"caption2": "x" * 2001}, "/request/caption2"),
        ({"thresholds": {"caption.nonsense": 1}}, "/request/thresholds/caption.nonsense"),
        ({"regions": [REGION, {**REGION, "box": [0, 0, 601, 10]}]}, "/request/regions/1/box"),
        ({"regions": [{**REGION, "mask": {"size": [4, 4], "counts": "04"}}]}, "/request/regions/0/mask/size"),
        ({"regions": [{**REGION, "mask": {"size": [400, 600], "counts": ""}}]}, "/request/regions/0/mask/counts"),
    ],
)
def test_a_bad_request_part_is_named(client: httpx.Client, before: RGB, request_part: dict, pointer: str) -> None:
    image = encode_png(before)

    answer = _post(client, image, image, **request_part)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_bytes_that_are_no_image_are_named(client: httpx.Client, before: RGB) -> None:
    answer = _post(client, encode_png(before), b"no image")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/image2")
