"""The secret, and bodies that are too large or too slow, over real sockets."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx
import pytest
from fastapi import FastAPI, UploadFile

from services.serving.request_guard import RequestGuard
from services.serving.settings import ServiceSettings

PASSPHRASE = "-".join(["words", "of", "this", "deployment"])
Loopback = Callable[[FastAPI], AbstractContextManager[httpx.Client]]


def _app(**settings: object) -> FastAPI:
    app = FastAPI()
    app.add_middleware(RequestGuard, settings=ServiceSettings(**settings))  # type: ignore[arg-type]

    @app.get("/v2/health/live")
    async def live() -> bool:
        return True

    @app.post("/work")
    async def work(image: UploadFile) -> int:
        return len(await image.read())

    return app


def _send(client: httpx.Client, **headers: str) -> httpx.Response:
    return client.post("/work", files={"image": b"png"}, headers=headers)


@pytest.fixture
def guarded(loopback: Loopback) -> Iterator[httpx.Client]:
    with loopback(_app(secret=PASSPHRASE)) as client:
        yield client


def test_work_needs_the_secret_and_health_does_not(guarded: httpx.Client) -> None:
    assert guarded.get("/v2/health/live").status_code == 200
    assert _send(guarded, Authorization=f"Bearer {PASSPHRASE}").json() == 3


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": PASSPHRASE}])
def test_without_it_work_is_refused_with_a_problem(guarded: httpx.Client, headers: dict[str, str]) -> None:
    refused = _send(guarded, **headers)

    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert refused.headers["content-type"] == "application/problem+json"
    assert PASSPHRASE not in refused.text


@pytest.fixture
def bounded(loopback: Loopback) -> Iterator[httpx.Client]:
    with loopback(_app(max_body_bytes=100_000, max_body_seconds=1)) as client:
        yield client


def _connect(client: httpx.Client) -> socket.socket:
    return socket.create_connection((client.base_url.host, client.base_url.port or 80), timeout=60)


def _read_status(connection: socket.socket) -> str:
    return connection.recv(65536).decode().split("\r\n")[0]


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(bounded: httpx.Client) -> None:
    with _connect(bounded) as connection:
        connection.sendall(b"POST /work HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n")

        assert _read_status(connection) == "HTTP/1.1 413 Request Entity Too Large"


def test_a_chunked_body_is_refused_where_it_gets_too_large(bounded: httpx.Client) -> None:
    head = b"POST /work HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    with _connect(bounded) as connection:
        connection.sendall(head + b"Content-Type: multipart/form-data; boundary=b\r\n\r\n")
        part = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n' + b"0" * 200_000
        connection.sendall(f"{len(part):x}\r\n".encode() + part)

        assert _read_status(connection).startswith("HTTP/1.1 413 ")


def test_a_body_that_stops_coming_is_refused_in_time(bounded: httpx.Client) -> None:
    started = time.monotonic()
    with _connect(bounded) as connection:
        connection.sendall(b"POST /work HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n")
        connection.sendall(b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n")

        assert _read_status(connection).startswith("HTTP/1.1 408 ")
    assert time.monotonic() - started < 30


def test_what_is_within_the_bounds_is_answered(bounded: httpx.Client) -> None:
    assert _send(bounded).json() == 3
