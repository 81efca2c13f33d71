"""Who comes in, over loopback."""

import logging
import socket
import string
import time
import zlib
from collections.abc import Callable

import httpx
import pytest

from gateway.access.key_text import new_key
from gateway.access.principal import Scope
from gateway.access.scopes import ANYBODY, NEEDED
from tests.gateway.access.conftest import Issue, issue

__all__ = ["issue"]  # a fixture
UNAUTHORIZED = "urn:imgdiff:problem:unauthorized"


@pytest.fixture
def key(issue: Issue) -> str:
    """A key with every scope."""
    return issue().text


@pytest.fixture
def closed(key: str, client: httpx.Client) -> httpx.Client:
    """A gateway with a key."""
    return client


def _bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def _until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def _guess(id: str) -> str:  # noqa: A002  the field's name
    """A key of this id with another secret and the right checksum."""
    start = f"imgdiff_{id}_{new_key().text[21:64]}"
    number, letters = zlib.crc32(start.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        letters = (string.digits + string.ascii_uppercase + string.ascii_lowercase)[digit] + letters
    return start + letters


def _filled(path: str) -> str:
    return path.replace("{id}", "sha256:" + "0" * 64).replace("{name}", "nothing").replace("{version}", "1")


def test_every_route_but_probes_and_page_needs_a_key(closed: httpx.Client) -> None:
    answers = {route: closed.request(route[0], _filled(route[1])) for route in NEEDED}

    assert {route: answer.status_code for route, answer in answers.items()} == dict.fromkeys(NEEDED, 401)
    assert {answer.headers["www-authenticate"] for answer in answers.values()} == {'Bearer realm="imgdiff"'}
    assert {answer.json()["type"] for answer in answers.values()} == {UNAUTHORIZED}
    assert 401 not in {closed.get(path).status_code for _, path in ANYBODY}


def test_paths_without_a_route_need_a_key_too(closed: httpx.Client, key: str) -> None:
    assert closed.get("/v1/nowhere").status_code == 401
    assert closed.get("/v1/nowhere", headers=_bearer(key)).status_code == 404


def test_each_route_takes_its_scope_and_no_other(closed: httpx.Client, issue: Issue) -> None:
    others = {scope: issue(scopes=set(Scope) - {scope}).text for scope in Scope}
    alone = {scope: issue(scopes={scope}).text for scope in Scope}
    refused, taken = {}, {}
    for (method, path), scope in NEEDED.items():
        answer = closed.request(method, _filled(path), headers=_bearer(others[scope]))
        refused[method, path] = (answer.status_code, answer.headers.get("www-authenticate"))
        taken[method, path] = closed.request(method, _filled(path), headers=_bearer(alone[scope])).status_code

    expected = {
        route: (403, f'Bearer realm="imgdiff", error="insufficient_scope", scope="{scope}"')
        for route, scope in NEEDED.items()
    }
    assert refused == expected
    assert set(taken.values()) & {401, 403} == set()


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic dTpw", "bearer a b", "Bearer x", "Token KEY", "KEY", "Bearer KEY,KEY", "Bearer  KEY x"],
)
def test_a_malformed_header_is_refused(closed: httpx.Client, key: str, header: str) -> None:
    answer = closed.get("/v1/datasets", headers={"Authorization": header.replace("KEY", key)})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="imgdiff", error="invalid_token"'


def test_two_headers_are_refused_and_the_scheme_has_no_case(closed: httpx.Client, key: str) -> None:
    twice = [("Authorization", f"Bearer {key}"), ("Authorization", f"Bearer {key}")]

    assert closed.get("/v1/datasets", headers=twice).status_code == 401
    assert closed.get("/v1/datasets", headers={"authorization": f"bEARER {key}"}).status_code == 200


def test_guessing_ids_and_secrets_opens_nothing_and_answers_alike(closed: httpx.Client, key: str) -> None:
    """With the id of a real key, with ids that nobody has, and with texts of another form."""
    guesses = [_guess(key.split("_")[1]), "x" * 40, *(new_key().text for _ in range(10))]
    answers = [closed.get("/v1/datasets", headers=_bearer(guess)) for guess in guesses]

    assert {answer.status_code for answer in answers} == {401}
    assert {answer.json()["detail"] for answer in answers} == {"there is no such API key"}


def test_a_body_is_not_read_before_the_key(closed: httpx.Client) -> None:
    """The client declares a body and sends none of it."""
    host, port = closed.base_url.host, closed.base_url.port
    head = "POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\n"
    with socket.create_connection((host, port or 0), timeout=60) as connection:
        connection.sendall(head.encode())

        assert connection.recv(100).startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize("address", ["/v1/datasets?api_key=KEY", "/v1/jobs/KEY", "/v1/datasets?access_token=%69KEY"])
def test_a_key_in_an_address_is_refused_and_not_repeated(closed: httpx.Client, key: str, address: str) -> None:
    sent = address.replace("%69KEY", "%69" + key[1:]).replace("KEY", key)
    answer = closed.get(sent, headers=_bearer(key))

    assert answer.status_code == 422
    assert "Authorization" in answer.json()["detail"]
    assert key.rsplit("_", 1)[1] not in answer.text


def test_metrics_and_logs_hold_no_key(closed: httpx.Client, key: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        closed.get("/v1/datasets", headers=_bearer(key))
        closed.get("/v1/datasets", headers=_bearer(new_key().text))
        metrics = closed.get("/metrics", headers=_bearer(key)).text

    secret = key.rsplit("_", 1)[1]
    assert "imgdiff_gateway_requests_total" in metrics
    assert secret not in metrics
    assert secret not in "".join(record.getMessage() for record in caplog.records)


def test_a_running_gateway_closes_and_takes_new_keys_soon(client: httpx.Client, issue: Issue) -> None:
    assert client.get("/v1/datasets").status_code == 200

    first = issue()
    _until(lambda: client.get("/v1/datasets").status_code == 401)

    assert client.get("/v1/datasets", headers=_bearer(first.text)).status_code == 200
    for _ in range(3):  # each at once
        assert client.get("/v1/datasets", headers=_bearer(issue().text)).status_code == 200


def test_two_keys_of_a_tenant_see_the_same(closed: httpx.Client, issue: Issue) -> None:
    first, second = issue(tenant="acme"), issue(tenant="acme", scopes={Scope.READ})
    made = closed.post("/v1/datasets", json={"name": "shared"}, headers=_bearer(first.text))
    seen = closed.get("/v1/datasets/shared", headers=_bearer(second.text))

    assert (made.status_code, seen.status_code) == (201, 200)
