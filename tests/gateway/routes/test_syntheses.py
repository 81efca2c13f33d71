"""A client marks the object to edit by a mask or a box, in JSON and in a form."""

import base64
import json
from typing import Any

import httpx
import pytest

from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.jobs import jobs
from gateway.store.values import JobRequest
from imgdiff.objects.places import Mask
from imgdiff.objects.run_lengths import compress

WHOLE = {"size": [48, 64], "counts": [0, 48 * 64]}
RUNS = [0, 10, 38, 10, 48 * 62 + 38]  # ten rows of the first two columns
CORNER = {"size": [48, 64], "counts": RUNS}


def _stored(settings: GatewaySettings, job: str) -> JobRequest:
    database = Database(settings.database_url)
    with database.reading() as session:
        request = jobs.find(session, job).request
    database.close()
    return request


def _send(client: httpx.Client, png: bytes, *, as_json: bool, **fields: Any) -> httpx.Response:
    if as_json:
        image = {"base64": base64.b64encode(png).decode()}
        return client.post("/v1/syntheses", json={"image": image, **fields})
    form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    return client.post("/v1/syntheses", files={"image": ("photo.png", png)}, data=form)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_target_is_marked_by_mask_and_box(
    client: httpx.Client, settings: GatewaySettings, png: bytes, *, as_json: bool
) -> None:
    answer = _send(
        client, png, as_json=as_json, operation="remove", target="cup", target_mask=CORNER, target_box=[0, 0, 2, 10]
    )
    fields = _stored(settings, answer.json()["id"]).fields

    assert answer.status_code == 202
    assert fields is not None
    assert (fields.target, fields.target_box) == ("cup", (0, 0, 2, 10))
    assert fields.target_mask == Mask(size=(48, 64), counts=compress(RUNS))


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(
    ("fields", "pointer", "words"),
    [
        ({"target_mask": {"size": [64, 48], "counts": [0, 64 * 48]}}, "/target_mask", "48x64 pixels"),
        ({"target_mask": {"size": [48, 64], "counts": [48 * 64]}}, "/target_mask", "the mask is empty"),
        ({"target_mask": {"size": [48, 64], "counts": [0, 9]}}, "/target_mask", "do not cover 48x64"),
        ({"target_mask": {"size": [9, 10**15], "counts": [0, 1]}}, "/target_mask/size/1", "less than 2147483648"),
        ({"donor_licences": ["MIT"] * 2000}, "/donor_licences", "at most 100 items"),
        ({"target_box": [0, 0, 65, 48]}, "/target_box", "outside the image of 64x48"),
        ({"target_box": [9, 0, 9, 48]}, "/target_box", "x1 < x2"),
        ({"target_box": [40, 0, 64, 48], "target_mask": CORNER}, "/target_box", "different places"),
        ({"operation": "add", "target_mask": WHOLE}, "/target_mask", "leave the place out"),
    ],
)
def test_a_place_that_is_none_is_refused_at_its_field(
    client: httpx.Client, png: bytes, fields: dict[str, Any], pointer: str, words: str, *, as_json: bool
) -> None:
    answer = _send(client, png, as_json=as_json, **{"operation": "remove", **fields})

    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert words in answer.json()["detail"]


def test_a_place_without_a_photo_or_in_no_json_is_refused(client: httpx.Client, png: bytes) -> None:
    place = {"operation": "remove", "caption": "a cup", "target_box": [0, 0, 9, 9]}
    without = client.post("/v1/syntheses", json=place)
    broken = _send(client, png, as_json=False, operation="remove", target_box="1,2,3")
    deep = _send(client, png, as_json=False, operation="remove", target_box="[" * 100_000)
    unreadable = _send(client, png, as_json=True, operation="replace", target="cu\0p")

    assert without.json()["errors"][0]["pointer"] == "/image"
    assert (broken.status_code, broken.json()["errors"][0]["pointer"]) == (422, "/target_box")
    assert (deep.status_code, deep.json()["errors"][0]["pointer"]) == (422, "/target_box")
    assert (unreadable.status_code, unreadable.json()["errors"][0]["pointer"]) == (422, "/target")
