"""An asset never changes, so clients and caches may store it."""

from collections.abc import Callable

import httpx
from fastapi import FastAPI

from gateway.app import create_app
from gateway.settings import GatewaySettings

DONOR = {"label": "cup", "box": [0, 0, 9, 9], "source": "kitchen", "licence": "MIT"}


def test_an_asset_has_a_strong_etag_and_may_be_cached_for_ever(client: httpx.Client, png: bytes) -> None:
    asset = client.post("/v1/assets", files={"image": ("a.png", png)}).json()
    answer = client.get(f"/v1/assets/{asset['id']}")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["etag"] == f'"{asset["id"]}"'
    assert "immutable" in answer.headers["cache-control"]
    assert len(answer.content) == asset["size"]


def test_a_cached_asset_is_answered_without_its_bytes(client: httpx.Client, png: bytes) -> None:
    asset = client.post("/v1/assets", files={"image": ("a.png", png)}).json()
    for tag in (f'"{asset["id"]}"', f'"other", W/"{asset["id"]}"', "*"):
        answer = client.get(f"/v1/assets/{asset['id']}", headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content) == (304, b"")

    assert client.get(f"/v1/assets/{asset['id']}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_an_unknown_asset_is_not_found(client: httpx.Client) -> None:
    assert client.get("/v1/assets/sha256:" + "0" * 64).status_code == 404
    assert client.get("/v1/assets/..%2f..%2fetc%2fpasswd").status_code == 404


def test_an_upload_sent_again_with_its_key_is_replayed(client: httpx.Client, png: bytes) -> None:
    answers = [
        client.post("/v1/assets", files={"image": (name, png)}, headers={"Idempotency-Key": "k"})
        for name in ("a.png", "another.png")
    ]

    assert answers[0].json() == answers[1].json()
    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, "true"]


def test_images_without_a_use_go_after_their_time_of_grace(
    settings: GatewaySettings, serve: Callable[[FastAPI], httpx.Client], png: bytes
) -> None:
    patient, impatient = (
        serve(create_app(settings.model_copy(update={"asset_grace_seconds": seconds}))) for seconds in (600, 0)
    )
    asset = patient.post("/v1/assets", files={"image": png}).json()

    assert patient.post("/v1/assets/prune").json() == {"assets": 0, "bytes": 0, "next_cursor": None}
    pruned = impatient.post("/v1/assets/prune").json()
    assert pruned == {"assets": 1, "bytes": asset["size"], "next_cursor": None}
    assert patient.get(f"/v1/assets/{asset['id']}").status_code == 404
    refused = patient.post("/v1/donors", json={"image": {"asset": asset["id"]}, **DONOR})
    assert refused.json()["errors"][0]["code"] == "asset.unknown"
    assert patient.post("/v1/assets", files={"image": png}).json()["id"] == asset["id"]
    assert patient.get(f"/v1/assets/{asset['id']}").status_code == 200
