"""Every path answers OPTIONS, and HEAD where it answers GET; a wrong method learns all right ones."""

import json

import httpx
import pytest

from gateway.snapshot import snapshot

DOCUMENT = json.loads(snapshot())
PATHS = {path: {method.upper() for method in operations} for path, operations in DOCUMENT["paths"].items()}


def _methods_of(path: str) -> set[str]:
    """Its own: `/v1/assets/prune` is none of `/v1/assets/{id}`."""
    found = PATHS[path]
    return found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set())


@pytest.mark.parametrize("path", PATHS)
def test_options_and_a_wrong_method_name_all_methods_of_a_path(client: httpx.Client, path: str) -> None:
    offered = _methods_of(path)
    asked, wrong = client.options(path), client.request("TRACE", path)

    assert (asked.status_code, wrong.status_code) == (204, 405)
    assert wrong.json()["type"] == "urn:imgdiff:problem:method-not-allowed"
    for answer in (asked, wrong):
        assert set(answer.headers["allow"].split(", ")) == offered


@pytest.mark.parametrize("path", [path for path, methods in PATHS.items() if "GET" in methods and path != "/readyz"])
def test_head_has_the_status_and_the_headers_of_get_without_its_body(client: httpx.Client, path: str) -> None:
    got, head = client.get(path), client.head(path)
    changing = {"x-request-id", "date", "content-length"} if path == "/metrics" else {"x-request-id", "date"}

    assert head.content == b""
    if path != "/v1/batches/{id}":  # which has a HEAD of its own
        assert head.status_code == got.status_code
        assert {*head.headers} - changing == {*got.headers} - changing - {"transfer-encoding"}


def test_head_of_a_long_answer_ends_at_once(client: httpx.Client, png: bytes) -> None:
    asset = client.post("/v1/assets", files={"image": png}).json()["id"]
    image = {"asset": asset}
    job = client.post("/v1/difference-captions", json={"image1": image, "image2": image}).json()["id"]
    stored, stream = client.head(f"/v1/assets/{asset}"), client.head(f"/v1/jobs/{job}/events")

    size = len(client.get(f"/v1/assets/{asset}").content)
    assert (stored.status_code, int(stored.headers["content-length"])) == (200, size)
    assert (stream.status_code, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


def test_a_path_that_is_nowhere_has_no_options(client: httpx.Client) -> None:
    assert client.options("/v1/nowhere").status_code == 404
