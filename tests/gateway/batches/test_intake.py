"""Uploads of batches that break off or are repeated; the tests of the routes have the rest."""

import json
import socket

import httpx
import pytest

from gateway.settings import GatewaySettings


@pytest.fixture
def settings(settings: GatewaySettings, database_url: str) -> GatewaySettings:
    """A gateway on each kind of database."""
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def asset(client: httpx.Client, png: bytes) -> str:
    """An uploaded image."""
    return str(client.post("/v1/assets", files={"image": png}).json()["id"])


def _lines(asset: str) -> bytes:
    """700 lines: those of one transaction, and some more."""
    body = {"image1": {"asset": asset}, "image2": {"asset": asset}}
    return b"".join(json.dumps({"custom_id": str(number), "body": body}).encode() + b"\n" for number in range(700))


def test_the_first_part_may_be_repeated_after_others_were_sent(client: httpx.Client, asset: str) -> None:
    content = _lines(asset)
    first = {"content": content[:20_000], "headers": {"Idempotency-Key": "once", "Upload-Complete": "?0"}}
    begun = client.post("/v1/batches", **first)
    offset = begun.headers["Upload-Offset"]
    position = {"Upload-Offset": offset, "Upload-Complete": "?0"}
    more = client.patch(begun.headers["Location"], content=content[int(offset) : 90_000], headers=position)

    again = client.post("/v1/batches", **first)
    position = {"Upload-Offset": again.headers["Upload-Offset"], "Upload-Complete": "?1"}
    rest = content[int(position["Upload-Offset"]) :]
    whole = client.patch(begun.headers["Location"], content=rest, headers=position).json()

    assert again.headers["Upload-Offset"] == more.headers["Upload-Offset"]
    assert (again.json()["id"], whole["state"], whole["counts"]["total"]) == (whole["id"], "running", 700)
    assert client.post("/v1/batches", **first).json()["state"] == "running"


def test_what_a_client_sent_before_it_left_is_stored_and_no_error_is_logged(
    client: httpx.Client, asset: str, caplog: pytest.LogCaptureFixture
) -> None:
    content = _lines(asset)
    headers = f"Host: [::1]\r\nIdempotency-Key: left\r\nContent-Length: {2 * len(content)}\r\n"
    head = f"POST /v1/batches HTTP/1.1\r\n{headers}\r\n"
    with socket.create_connection((client.base_url.host, client.base_url.port)) as connection:
        connection.sendall(head.encode() + content)
    while not (listed := client.get("/v1/batches").json()["batches"]) or not listed[0]["received_bytes"]:
        pass
    rest = {"Upload-Offset": str(listed[0]["received_bytes"]), "Upload-Complete": "?1"}
    whole = client.patch(
        listed[0]["links"]["self"], content=content[listed[0]["received_bytes"] :], headers=rest
    ).json()

    assert (whole["state"], whole["counts"]["total"], whole["errors"]) == ("running", 700, [])
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == []


def test_ids_may_have_slashes_and_dots(client: httpx.Client, asset: str) -> None:
    names = ["../a/b.c", "/", "..", "a\\b", "ä b"]
    body = {"image1": {"asset": asset}, "image2": {"asset": "sha256:" + "0" * 64}}
    content = b"".join(json.dumps({"custom_id": name, "body": body}).encode() + b"\n" for name in names)
    batch = client.post("/v1/batches", content=content).json()

    assert [one["custom_id"] for one in batch["errors"]] == names
    assert {one["error"]["errors"][0]["pointer"] for one in batch["errors"]} == {"/body/image2/asset"}
