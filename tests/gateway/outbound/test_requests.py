"""Requests end in time and within their bytes, follow nothing, and reach no address that was not checked."""

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI, Response
from fastapi.responses import RedirectResponse

from gateway.outbound.addresses import Blocked
from gateway.outbound.requests import Outbound, Unreachable, check_url
from tests.conftest import Loopback

NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)
ALLOWED = Outbound(NETWORKS, 5.0)


@pytest.fixture
def url(loopback: Loopback) -> Iterator[str]:
    app = FastAPI()

    @app.get("/image")
    def image() -> Response:
        return Response(b"x" * 1000)

    @app.get("/moved")
    def moved() -> Response:
        return RedirectResponse("/image")

    with loopback(app) as client:
        yield str(client.base_url)


def test_a_body_is_fetched_up_to_its_limit(url: str) -> None:
    assert asyncio.run(ALLOWED.fetch(f"{url}/image", 1000)) == b"x" * 1000
    with pytest.raises(Unreachable, match="more than 999 bytes"):
        asyncio.run(ALLOWED.fetch(f"{url}/image", 999))


@pytest.mark.parametrize(("path", "status"), [("moved", 307), ("missing", 404)])
def test_nothing_but_a_200_is_a_body(url: str, path: str, status: int) -> None:
    with pytest.raises(Unreachable, match=f"status {status}"):
        asyncio.run(ALLOWED.fetch(f"{url}/{path}", 1000))


def test_an_address_that_is_not_public_is_not_connected_to() -> None:
    with _listening() as (port, connections):
        for address in (f"http://127.0.0.1:{port}/", f"https://127.0.0.1:{port}/", f"https://localhost:{port}/"):
            with pytest.raises(Blocked):
                asyncio.run(Outbound((), 5.0).fetch(address, 10))
        assert connections == []


def test_a_server_that_says_nothing_is_left_in_time() -> None:
    with _listening() as (port, _), pytest.raises(Unreachable, match=r"within 0\.2 s"):
        asyncio.run(Outbound(NETWORKS, 0.2).fetch(f"http://127.0.0.1:{port}/", 10))


def test_nobody_listens() -> None:
    with pytest.raises(Unreachable, match="the connection failed"):
        asyncio.run(ALLOWED.fetch("http://127.0.0.1:9/", 10))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "http://example.com/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://a:b@example.com/",
        "x",
    ],
)
def test_a_url_that_nothing_is_sent_to(url: str) -> None:
    with pytest.raises(Blocked):
        check_url(url, ())


def test_urls_that_something_is_sent_to() -> None:
    check_url("https://example.com/hook?key=1", ())
    check_url("http://127.0.0.1:9/", NETWORKS)


@contextmanager
def _listening() -> Iterator[tuple[int, list[socket.socket]]]:
    """A port that takes connections and never answers."""
    connections: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        ended = threading.Event()

        def accept() -> None:
            while not ended.is_set():
                try:
                    connections.append(server.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1], connections
        ended.set()
        thread.join()
    for one in connections:
        one.close()
