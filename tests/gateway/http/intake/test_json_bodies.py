"""Every route with a body takes it by its media type only, and no number that JSON has not."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gateway.settings import GatewaySettings
from gateway.snapshot import snapshot
from gateway.store.database import Database
from imgdiff.records import Record

_SAFE_FOR_ANY_PAGE = ("text/plain", "application/x-www-form-urlencoded", "text/json", "application/jsonx")
BODIES = [
    (method, path, tuple(operation["requestBody"]["content"]))
    for path, operations in json.loads(snapshot())["paths"].items()
    for method, operation in operations.items()
    if "requestBody" in operation
]
JSON_BODIES = [(method, path) for method, path, types in BODIES if "application/json" in types]


def _open_batch(client: httpx.Client) -> str:
    """The id of a batch that takes more lines."""
    return str(client.post("/v1/batches", headers={"Upload-Complete": "?0"}).raise_for_status().json()["id"])


def _make_webhook(client: httpx.Client) -> str:
    """The id of a webhook."""
    return str(client.post("/v1/webhooks", json={"url": "https://example.org/"}).raise_for_status().json()["id"])


def _find_record(client: httpx.Client) -> str:
    """The id of the stored record."""
    return str(client.get("/v1/datasets/default/records").raise_for_status().json()["records"][0]["id"])


_MAKERS = {"/v1/batches/{id}": _open_batch, "/v1/webhooks/{id}": _make_webhook, "/v1/records/{id}": _find_record}
"""Of resources that must exist before a body is read."""


@pytest.fixture
def _stored(settings: GatewaySettings, record: Record, store_record: Callable[[Database, Record], Record]) -> None:
    """One record."""
    database = Database(settings.database_url)
    store_record(database, record.model_copy(update={"dataset": "default"}))
    database.close()


def _send(client: httpx.Client, method: str, path: str, body: str, media_type: str | None) -> httpx.Response:
    """The headers of an upload are there as well, so that a batch gets as far as its body."""
    headers = {"Upload-Offset": "0", "Upload-Complete": "?1"}
    typed = {} if media_type is None else {"Content-Type": media_type}
    filled = path.replace("{id}", _MAKERS[path](client) if path in _MAKERS else "").replace("{name}", "nowhere")
    return client.request(method, filled, content=body, headers={**headers, **typed})


@pytest.mark.usefixtures("_stored")
@pytest.mark.parametrize(("method", "path"), [body[:2] for body in BODIES])
def test_a_body_of_another_type_is_unsupported(client: httpx.Client, method: str, path: str) -> None:
    missing = () if path.startswith("/v1/batches") else ("", None)
    answers = [_send(client, method, path, "{}", one) for one in (*_SAFE_FOR_ANY_PAGE, *missing)]

    assert [answer.status_code for answer in answers] == [415] * len(answers)
    assert {answer.json()["type"] for answer in answers} == {"urn:imgdiff:problem:unsupported-media-type"}


@pytest.mark.usefixtures("_stored")
@pytest.mark.parametrize(("method", "path"), JSON_BODIES)
@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_no_number_outside_json_is_taken(client: httpx.Client, method: str, path: str, number: str) -> None:
    answer = _send(client, method, path, f'{{"name": {number}}}', "application/json")

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:imgdiff:problem:invalid-request")


def test_json_by_another_name_is_taken(client: httpx.Client) -> None:
    names = ("application/json; charset=utf-8", "application/vnd.mine+json", "Application/JSON")
    for number, media_type in enumerate(names):
        answer = _send(client, "POST", "/v1/datasets", json.dumps({"name": f"d{number}"}), media_type)
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ('{"metadata": {"a": [0, NaN]}}', "/options/metadata/a/1"),
        ('{"metadata": {"a": 1e999}}', "/options/metadata/a"),
        ('{"metadata": {"body": 1e999}}', "/options/metadata/body"),
        ('{"thresholds": {"region.limit": Infinity}}', "/options/thresholds/region.limit"),
        ('{"max_regions": true}', "/options/max_regions"),
        ('{"dataset": "abc\\n"}', "/options/dataset"),
        ('{"caption1": "a\\u0000"}', "/options/caption1"),
        ('{"metadata": {"a": "\\ud800"}}', None),
    ],
)
def test_bad_options_are_refused_by_their_place(
    client: httpx.Client, png: bytes, options: str, pointer: str | None
) -> None:
    asset = client.post("/v1/assets", files={"image": png}).json()["id"]
    image = json.dumps({"asset": asset})
    bodies: dict[str, dict[str, Any]] = {
        "": {
            "content": f'{{"image1": {image}, "image2": {image}, "options": {options}}}',
            "headers": {"Content-Type": "application/json"},
        },
        "form": {"files": {"image1": png, "image2": png}, "data": {"options": options}},
    }
    for sent in bodies.values():
        answer = client.post("/v1/difference-captions", **sent)

        assert answer.status_code == 422, answer.text
        assert pointer is None or [item["pointer"] for item in answer.json()["errors"]] == [pointer]
    assert client.get("/v1/jobs").json()["jobs"] == []
