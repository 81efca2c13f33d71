"""What all routes share: problems, headers, limits."""

import re
import socket

import httpx
import pytest

from gateway.app import create_app
from gateway.settings import GatewaySettings


def _problem(answer: httpx.Response) -> dict[str, object]:
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert body["status"] == answer.status_code
    return body


def test_an_unknown_route_is_not_found(client: httpx.Client) -> None:
    assert _problem(client.get("/v1/nowhere"))["type"] == "urn:imgdiff:problem:not-found"


def test_a_wrong_method_names_the_right_ones(client: httpx.Client) -> None:
    answer = client.put("/v1/datasets")

    assert _problem(answer)["type"] == "urn:imgdiff:problem:method-not-allowed"
    assert set(answer.headers["allow"].split(", ")) & {"GET", "POST"}


def test_an_unknown_query_parameter_is_rejected_by_name(client: httpx.Client) -> None:
    answer = client.get("/v1/datasets", params={"pagesize": 3})

    assert _problem(answer)["errors"] == [
        {
            "pointer": "/query/pagesize",
            "detail": "unknown query parameter; known: cursor, page_size",
            "code": "extra_forbidden",
        }
    ]


@pytest.mark.parametrize("body", ["{", "[]", '{"name": "x", "surprise": 1}', '{"name": "No Capitals"}', "{}"])
def test_a_body_outside_the_contract_is_rejected(client: httpx.Client, body: str) -> None:
    answer = client.post("/v1/datasets", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert _problem(answer)["type"] == "urn:imgdiff:problem:invalid-request"


def test_a_declared_body_over_the_limit_is_refused_at_once(client: httpx.Client, settings: GatewaySettings) -> None:
    answer = client.post("/v1/datasets", content=b" " * (settings.max_body_bytes + 1))

    assert answer.status_code == 413
    assert _problem(answer)["type"] == "urn:imgdiff:problem:payload-too-large"


@pytest.mark.parametrize("path", ["/v1/datasets", "/v1/assets"])
def test_an_endless_body_is_cut_off_while_it_arrives(
    client: httpx.Client, settings: GatewaySettings, path: str
) -> None:
    """The client never stops sending, so the answer must come before the end of the body."""
    host, port = client.base_url.host, client.base_url.port
    head = (
        f"POST {path} HTTP/1.1\r\nHost: [::1]\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection((host, port or 0), timeout=60) as connection:
        connection.sendall(head.encode())
        for _ in range(settings.max_body_bytes // 65_536 + 2):
            connection.sendall(b"10000\r\n" + b" " * 65_536 + b"\r\n")

        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_an_unexpected_error_reveals_no_internals(serve, settings: GatewaySettings) -> None:  # type: ignore[no-untyped-def]
    app = create_app(settings)

    @app.get("/breaks")
    def breaks() -> None:
        raise RuntimeError("the secret inside")

    answer = serve(app).get("/breaks")

    assert answer.status_code == 500
    assert _problem(answer)["type"] == "urn:imgdiff:problem:internal"
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"]


def test_a_request_id_is_kept_or_made(client: httpx.Client) -> None:
    assert client.get("/livez", headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert len(client.get("/livez", headers={"X-Request-Id": "bad id"}).headers["x-request-id"]) == 32


def test_every_answer_carries_security_headers(client: httpx.Client) -> None:
    for path in ("/livez", "/nowhere", "/", "/docs"):
        headers = client.get(path).headers
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")


def test_the_landing_page_links_only_to_what_exists(client: httpx.Client) -> None:
    page = client.get("/")
    links = re.findall(r'href="([^"]+)"', page.text)

    assert page.headers["content-type"].startswith("text/html")
    assert len(links) > 5
    assert {link: client.get(link).status_code for link in links if link not in {"/readyz"}} == {
        link: 200 for link in links if link not in {"/readyz"}
    }
