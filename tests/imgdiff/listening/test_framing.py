"""A message whose end could be read in two ways is refused, and nothing behind it is taken for a request."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI, Request

from imgdiff.listening.connections import ConnectionLimits, bounded
from tests.loopback import serving

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    app = FastAPI()

    @app.post("/whole")
    async def whole(request: Request) -> int:
        return len(await request.body())

    with serving(app, patience=1, http=bounded(ConnectionLimits(9, 30, 60)), ws="none") as url:
        parts = urlsplit(url)
        assert parts.port is not None
        yield str(parts.hostname), parts.port


def _answers(address: tuple[str, int], data: bytes) -> bytes:
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(2**16), b""))


@pytest.mark.parametrize("length", [0, 5, 100])
@pytest.mark.parametrize("chunks_first", [True, False])
def test_a_length_together_with_chunks_is_refused(address: tuple[str, int], length: int, chunks_first: bool) -> None:
    fields = [b"Transfer-Encoding: chunked", f"Content-Length: {length}".encode()]
    head = b"\r\n".join([b"POST /whole HTTP/1.1", b"Host: x", *(fields if chunks_first else fields[::-1])])

    answers = _answers(address, head + b"\r\n\r\n0\r\n\r\n" + SMUGGLED)

    assert answers.startswith(b"HTTP/1.1 400 ")
    assert answers.count(b"HTTP/1.1") == 1


def test_chunks_in_an_old_version_are_refused(address: tuple[str, int]) -> None:
    head = b"POST /whole HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert _answers(address, head + b"0\r\n\r\n" + SMUGGLED).startswith(b"HTTP/1.1 400 ")


def test_chunks_alone_are_read(address: tuple[str, int]) -> None:
    head = b"POST /whole HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert _answers(address, head + b"2\r\nab\r\n0\r\n\r\n").endswith(b"\r\n\r\n2")
