"""Connections to a real server: those that send no request, or read no answer, are closed; their number has a limit."""

import asyncio
import logging
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response, StreamingResponse

from imgdiff.listening.connections import ConnectionLimits, bounded
from tests.loopback import serving

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Server:
    """What happened to its connections."""

    def __init__(self) -> None:
        self.url = ""
        self.closed: Counter[str] = Counter()
        self.open = 0

    def tell(self, number: int) -> None:
        self.open = number

    def count(self, cause: str) -> None:
        self.closed[cause] += 1

    def connect(self) -> socket.socket:
        address = urlsplit(self.url)
        assert address.port is not None
        return socket.create_connection(("127.0.0.1", address.port), timeout=10)


def _app() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def hello() -> str:
        return "hello"

    @app.post("/early")
    async def early() -> Response:
        return Response(status_code=413)

    @app.post("/whole")
    async def whole(request: Request) -> int:
        return len(await request.body())

    @app.post("/streamed")
    async def streamed() -> StreamingResponse:
        async def pieces() -> Any:
            yield b"x"
            await asyncio.sleep(1)
            yield b"y"

        return StreamingResponse(pieces())

    @app.get("/endless")
    async def endless() -> StreamingResponse:
        async def pieces() -> Any:
            while True:
                yield b"x" * 2**16
                await asyncio.sleep(0)  # so that the server sees that the client has gone

        return StreamingResponse(pieces())

    return app


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    """A server with limits of the test's own."""
    with ExitStack() as stack:

        def start(
            most: int = 100, head_seconds: float = 30, stalled_seconds: float = 60, keep_alive: int = 60
        ) -> Server:
            server = Server()
            limits = ConnectionLimits(most, head_seconds, stalled_seconds, server.tell, server.count)
            options = {"http": bounded(limits), "ws": "none", "timeout_keep_alive": keep_alive}
            server.url = stack.enter_context(serving(_app(), patience=1, **options))
            return server

        yield start


def _read_to_end(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(2**16), b""))


def _read_answer(connection: socket.socket) -> bytes:
    answer = b""
    while not answer.endswith(b'"hello"'):
        received = connection.recv(2**16)
        assert received, answer
        answer += received
    return answer


def test_a_connection_that_sends_nothing_is_closed(start: Callable[..., Server]) -> None:
    server = start(head_seconds=0.3)
    with server.connect() as connection:
        assert _read_to_end(connection) == b""

    assert server.closed == {"late": 1}


def test_a_head_that_comes_byte_by_byte_is_answered_408_in_time(start: Callable[..., Server]) -> None:
    server = start(head_seconds=0.3)
    with server.connect() as connection:
        connection.settimeout(0.05)
        answer = b""
        for byte in b"GET / HTTP/1.1\r\nX-Slow: " + b"x" * 200:
            connection.sendall(bytes([byte]))
            try:
                answer = connection.recv(2**16)
            except TimeoutError:
                continue
            break

    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"application/problem+json" in answer
    assert b"the head of the request did not arrive within 0.3 s" in answer


def test_a_connection_that_rests_has_used_up_no_time_of_its_next_head(start: Callable[..., Server]) -> None:
    server = start(head_seconds=1)
    with server.connect() as connection:
        for _ in range(2):
            connection.sendall(GET)
            assert b"200 OK" in _read_answer(connection)
            time.sleep(1.2)

    assert not server.closed


def test_a_body_behind_an_early_answer_is_not_read_for_ever(start: Callable[..., Server]) -> None:
    server = start(head_seconds=1)
    with server.connect() as connection:
        connection.sendall(b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nx")
        assert b"413" in connection.recv(2**16)
        connection.sendall(b"x")
        assert _read_to_end(connection) == b""

    assert server.closed == {"late": 1}


def test_a_body_that_is_waited_for_is_the_apps_business(start: Callable[..., Server]) -> None:
    server = start(head_seconds=1)
    with server.connect() as connection:
        connection.sendall(b"POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nx")
        time.sleep(1.3)
        connection.sendall(b"x")
        assert _read_to_end(connection).endswith(b"\r\n\r\n2")


def test_an_answer_that_nobody_reads_is_given_up(start: Callable[..., Server]) -> None:
    server = start(stalled_seconds=0.3)
    with server.connect() as connection:
        connection.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        until = time.monotonic() + 10
        while not server.closed and time.monotonic() < until:
            time.sleep(0.01)

    assert server.closed == {"stalled": 1}


def test_a_new_connection_takes_the_place_of_the_one_that_is_idle_for_longest(start: Callable[..., Server]) -> None:
    server = start(most=2)
    with server.connect() as first, server.connect() as second:
        for connection in (first, second):
            connection.sendall(GET)
            _read_answer(connection)
        with server.connect() as third:
            third.sendall(GET)
            assert b"200 OK" in _read_answer(third)
            assert first.recv(1) == b""
        second.sendall(GET)
        assert b"200 OK" in _read_answer(second)

    assert server.closed == {"evicted": 1}


def test_with_all_connections_in_use_a_new_one_is_503_with_a_time_to_retry(start: Callable[..., Server]) -> None:
    server = start(most=1)
    with server.connect() as busy:
        busy.sendall(b"POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nx")
        time.sleep(0.1)
        with server.connect() as refused:
            answer = _read_to_end(refused)
        busy.sendall(b"x")
        assert b"200 OK" in busy.recv(2**16)

    assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"Retry-After: 1\r\n" in answer
    assert b"temporary-reduced-capacity" in answer
    assert server.closed["refused"] == 1


def test_the_number_of_connections_is_told(start: Callable[..., Server]) -> None:
    server = start()
    with ExitStack() as stack:
        for _ in range(3):
            connection = stack.enter_context(server.connect())
            connection.sendall(GET)
            _read_answer(connection)
        assert server.open == 3
    until = time.monotonic() + 10
    while server.open and time.monotonic() < until:
        time.sleep(0.01)
    assert server.open == 0


@pytest.mark.parametrize(("path", "status"), [("early", b"413"), ("streamed", b"200"), ("whole", b"400")])
def test_broken_chunks_are_answered_once_and_are_no_error_of_ours(
    start: Callable[..., Server], caplog: pytest.LogCaptureFixture, path: str, status: bytes
) -> None:
    """After an answer, in one and before it: h11 lets nobody answer twice."""
    server = start()
    with server.connect() as connection:
        connection.sendall(f"POST /{path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab".encode())
        begun = b"" if path == "whole" else connection.recv(2**16)
        connection.sendall(b"\r\nno chunk\r\n")
        received = begun + _read_to_end(connection)

    assert [one[:3] for one in received.split(b"HTTP/1.1 ")[1:]] == [status]
    assert (b"urn:imgdiff:problem:malformed-request" in received) is (status == b"400")
    assert server.closed == {"malformed": 1}
    assert [one.getMessage() for one in caplog.records if one.name == "asyncio" and one.levelno >= logging.ERROR] == []
