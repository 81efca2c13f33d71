"""Which names and web pages a gateway answers."""

from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI

from gateway.app import create_app
from gateway.settings import GatewaySettings

Serve = Callable[[FastAPI], httpx.Client]
PAGE = "https://pages.example"


def _create(client: httpx.Client, **headers: str) -> httpx.Response:
    return client.post("/v1/datasets", json={"name": "any"}, headers=headers)


def test_a_page_of_another_origin_changes_nothing(client: httpx.Client) -> None:
    for origin in (PAGE, "null", "http://127.0.0.1:1", f"http://{client.base_url.host}.pages.example"):
        answer = _create(client, origin=origin)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (403, "/header/Origin")
        assert "access-control-allow-origin" not in answer.headers

    assert client.get("/v1/datasets").json()["datasets"] == []


def test_the_pages_of_the_gateway_itself_may_use_it(client: httpx.Client) -> None:
    assert _create(client, origin=str(client.base_url).rstrip("/")).status_code == 201
    for path in ("/", "/docs", "/openapi.json"):
        assert client.get(path, headers={"origin": PAGE}).status_code == 200


def test_a_name_that_points_here_is_not_answered_unless_it_is_known(client: httpx.Client) -> None:
    for name in ("rebound.example", "localhost.rebound.example", "127.0.0.2"):
        answer = client.get("/v1/jobs", headers={"host": name})
        assert (answer.status_code, answer.json()["type"]) == (421, "urn:imgdiff:problem:misdirected-request")

    for name in ("localhost", "LocalHost.:8000", "[::1]:8000", "127.0.0.1"):
        assert client.get("/v1/jobs", headers={"host": name}).status_code == 200
    assert client.get("/livez", headers={"host": "10.1.2.3:8000"}).status_code == 200


def test_names_and_origins_are_allowed_by_the_settings(serve: Serve, settings: GatewaySettings) -> None:
    known = {"allowed_hosts": ("captions.example", "*.inner.example"), "cors_origins": (PAGE,)}
    client = serve(create_app(settings.model_copy(update=known)))

    for name in ("captions.example:443", "a.b.inner.example"):
        assert client.get("/v1/jobs", headers={"host": name}).status_code == 200
    assert client.get("/v1/jobs", headers={"host": "inner.example"}).status_code == 421
    answer = _create(client, origin=PAGE)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (201, PAGE)
    asked = {"origin": PAGE, "access-control-request-method": "POST", "access-control-request-headers": "prefer"}
    preflight = client.options("/v1/datasets", headers=asked)
    assert (preflight.status_code, preflight.headers["access-control-allow-headers"]) == (200, "prefer")
    assert client.options("/v1/datasets", headers={**asked, "origin": "https://x.example"}).status_code == 400


def test_every_name_is_allowed_by_a_star_alone(serve: Serve, settings: GatewaySettings) -> None:
    client = serve(create_app(settings.model_copy(update={"allowed_hosts": ("*",)})))

    assert client.get("/v1/jobs", headers={"host": "anything.example"}).status_code == 200
    assert _create(client, host="anything.example", origin="http://anything.example:80").status_code == 201


@pytest.mark.parametrize("origin", ["pages.example", "https://pages.example/path", "ftp://pages.example"])
def test_a_setting_that_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="cors_origins"):
        GatewaySettings(cors_origins=(origin,))
