"""Bodies that stall, trickle or take too much room, sent to a real gateway over sockets."""

import json
import re
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from gateway.app import create_app
from gateway.settings import GatewaySettings

ROUTE = "/v1/difference-captions"
LINES = "application/x-ndjson"
Serve = Callable[[FastAPI], httpx.Client]
Gateway = Callable[..., httpx.Client]


@pytest.fixture
def start(serve: Serve, settings: GatewaySettings) -> Gateway:
    """A gateway with limits of the test's own."""
    return lambda **limits: serve(create_app(settings.model_copy(update=limits)))


@pytest.fixture
def connections() -> Iterator[ExitStack]:
    """What is closed after the test."""
    with ExitStack() as stack:
        yield stack


def _begin(
    stack: ExitStack, client: httpx.Client, length: int, path: str = ROUTE, content_type: str = "application/json"
) -> socket.socket:
    """A connection on which the head of a POST was sent."""
    address = urlsplit(str(client.base_url))
    assert address.port is not None
    connection = stack.enter_context(socket.create_connection(("127.0.0.1", address.port), timeout=30))
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
    )
    connection.sendall(head.encode())
    return connection


def _read(connection: socket.socket) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and problem of the answer."""
    answer = b""
    while not (ended := re.search(rb"\r\n\r\n(\{.*\})$", answer, re.DOTALL)):
        received = connection.recv(2**16)
        assert received, answer
        answer += received
    lines = answer[: ended.start()].decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), headers, json.loads(ended[1])


def _held(client: httpx.Client) -> float:
    found = re.search(r"^imgdiff_gateway_body_bytes (\S+)$", client.get("/metrics").text, re.MULTILINE)
    assert found
    return float(found[1])


def _until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=b"])
def test_a_body_that_stalls_is_408_and_ends_its_connection(
    start: Gateway, connections: ExitStack, content_type: str
) -> None:
    stalled = _begin(connections, start(body_pause_seconds=0.3), 1000, content_type=content_type)

    status, headers, problem = _read(stalled)

    assert (status, headers["connection"]) == (408, "close")
    assert problem["type"] == "urn:imgdiff:problem:request-timeout"
    assert "pauses of 0.3 s at most" in problem["detail"]
    assert stalled.recv(1) == b""


def test_a_body_that_trickles_is_408(start: Gateway, connections: ExitStack) -> None:
    slow = _begin(connections, start(body_pause_seconds=0.5, body_bytes_per_second=10_000), 1000)
    slow.settimeout(0.05)
    answer = b""
    for _ in range(100):
        slow.sendall(b" ")
        try:
            answer = slow.recv(2**16)
        except TimeoutError:
            continue
        break

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_lines_of_a_batch_may_pause_longer_than_other_bodies(start: Gateway, connections: ExitStack) -> None:
    client = start(body_pause_seconds=0.1, client_stall_seconds=30)
    batch = _begin(connections, client, 3, "/v1/batches", LINES)
    time.sleep(0.5)
    batch.sendall(b"{}\n")

    assert _read(batch)[0] == 201


def test_bodies_beyond_the_room_are_503_with_a_time_to_retry_until_others_have_ended(
    start: Gateway, connections: ExitStack
) -> None:
    client = start(body_bytes_in_flight=100_000)
    holder = _begin(connections, client, 80_000)
    holder.sendall(b" " * 60_000)
    _until(lambda: _held(client) == 60_000)
    content, headers = b" " * 50_000, {"Content-Type": "application/json"}

    announced = client.post(ROUTE, content=content, headers=headers)
    unannounced = client.post(ROUTE, content=iter([content]), headers=headers)

    for refused in (announced, unannounced):
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        assert refused.json()["type"] == "urn:imgdiff:problem:temporary-reduced-capacity"
    holder.close()
    _until(lambda: _held(client) == 0)
    assert client.post(ROUTE, content=content, headers=headers).status_code == 422


def test_bodies_that_stall_are_kept_on_disk(start: Gateway, connections: ExitStack) -> None:
    client = start(max_upload_bytes=8 * 2**20)
    size, piece = 10 * 2**20, b" " * 2**16
    tracemalloc.start()
    try:
        for number in range(1, 3):
            stalled = _begin(connections, client, size)
            for _ in range(0, size - len(piece), len(piece)):
                stalled.sendall(piece)
            _until(lambda number=number: _held(client) >= number * (size - 2 * len(piece)))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held < 4 * 2**20  # what the first requests imported
