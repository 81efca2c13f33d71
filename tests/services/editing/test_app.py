"""`POST /edit` over loopback."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from imgdiff.images import RGB, encode_png
from imgdiff.stages import Editing
from services.editing.app import create_app
from services.editing.settings import EditingSettings


@pytest.fixture(scope="module")
def client(ready: Callable[[ExitStack, FastAPI], httpx.Client]) -> Iterator[httpx.Client]:
    with ExitStack() as stack:
        yield ready(stack, create_app(EditingSettings(threads=1)))


def _post(client: httpx.Client, files: dict[str, bytes], **request: object) -> httpx.Response:
    return client.post("/edit", files=files or None, data={"request": json.dumps({"seed": 1, **request})})


def test_a_photo_and_a_donor_become_a_pair_over_http(client: httpx.Client, cups: RGB) -> None:
    files = {"image": encode_png(np.ascontiguousarray(cups[:, ::-1])), "donor": encode_png(cups)}

    answer = _post(client, files, operation="add", replacement="cup")

    assert answer.status_code == 200
    editing = Editing.model_validate_json(answer.content)
    assert editing.pair is not None
    assert (editing.pair.edit.after, editing.pair.image1) == ("cup", None)
    assert {model.stage for model in editing.models} == {"editing"}
    assert 'status="200"' in client.get("/metrics").text
    assert client.get("/v2/models/editing").json()["backend"] == "embedded"


@pytest.mark.parametrize(
    ("request_part", "files", "pointer"),
    [
        ({"operation": "explode"}, ("image",), "/request/operation"),
        ({"operation": "remove", "count": 65}, ("image",), "/request/count"),
        ({"operation": "remove", "thresholds": {"edit.nonsense": 1}}, ("image",), "/request/thresholds/edit.nonsense"),
        ({"operation": "recolour", "replacement": "mauve"}, ("image",), "/request/replacement"),
        ({"operation": "remove", "count": 2, "index": 2}, ("image",), "/request/index"),
        ({"operation": "remove"}, (), "/image"),
        ({"operation": "replace", "caption": "a cup on a table"}, (), "/image"),
        ({"operation": "replace"}, ("image",), "/donor"),
        ({"operation": "add"}, ("image",), "/donor"),
    ],
)
def test_a_bad_request_is_named(
    client: httpx.Client, wall: RGB, request_part: dict, files: tuple[str, ...], pointer: str
) -> None:
    answer = _post(client, {name: encode_png(wall) for name in files}, **request_part)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", ["image", "donor"])
def test_bytes_that_are_no_image_are_named(client: httpx.Client, wall: RGB, name: str) -> None:
    files = {"image": encode_png(wall), "donor": encode_png(wall)} | {name: b"no image"}

    answer = _post(client, files, operation="add")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{name}")


def test_no_part_of_the_form_is_null_in_the_document(client: httpx.Client) -> None:
    (form,) = (
        one for name, one in client.get("/openapi.json").json()["components"]["schemas"].items() if "Body" in name
    )

    assert {"image", "donor"} <= form["properties"].keys()
    assert [name for name, part in form["properties"].items() if "null" in json.dumps(part)] == []
