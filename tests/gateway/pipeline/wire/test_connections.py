"""Connections stay open between calls, and one that the service has closed is never used again."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from gateway.pipeline.wire.connections import Broken, CannotConnect, Connections, Interrupt

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_TLS = ssl.create_default_context()


@contextmanager
def _service(answers: int, *, silent: bool = False) -> Iterator[tuple[httpx.Request, list[int]]]:
    """A request to a service that answers so often on a connection, and the connections that it has had.

    Afterwards it closes a connection, or is silent until its client does.
    """
    had: list[int] = []

    def serve(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            had.append(1)
            with connection, connection.makefile("rb") as sent:
                for _ in range(answers):
                    length = 0
                    while (line := sent.readline()) not in (b"\r\n", b""):
                        name, _, value = line.partition(b":")
                        length = int(value) if name.lower() == b"content-length" else length
                    sent.read(length)
                    connection.sendall(_ANSWER)
                while silent and sent.read(1):
                    pass

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/detect"
        try:
            yield httpx.Request("POST", url, data={"request": "{}"}), had
        finally:
            server.shutdown(socket.SHUT_RDWR)
    thread.join()


def _call_twice(request: httpx.Request) -> list[str]:
    connections, texts = Connections(_TLS), []
    for _ in range(2):
        texts.append(connections.send(request, 10.0, lambda _: None).text)
        threading.Event().wait(0.1)  # until what the service has closed is known to be
    connections.close()
    return texts


def test_two_calls_share_a_connection() -> None:
    with _service(answers=2) as (request, had):
        assert _call_twice(request) == ["ok", "ok"]

    assert len(had) == 1


def test_a_connection_that_the_service_has_closed_is_replaced() -> None:
    with _service(answers=1) as (request, had):
        assert _call_twice(request) == ["ok", "ok"]

    assert len(had) == 2


def test_a_place_where_nothing_listens_takes_no_connection() -> None:
    with pytest.raises(CannotConnect):
        Connections(_TLS).send(httpx.Request("POST", "http://127.0.0.1:9/detect"), 10.0, lambda _: None)


def test_a_call_is_interrupted_on_a_new_connection_and_on_one_that_was_kept() -> None:
    def interrupt_soon(interrupt: Interrupt) -> None:
        threading.Timer(0.2, interrupt).start()

    connections = Connections(_TLS)
    with _service(answers=0, silent=True) as (request, _), pytest.raises(Broken):
        connections.send(request, 30.0, interrupt_soon)
    with _service(answers=1, silent=True) as (request, had):
        connections.send(request, 30.0, lambda _: None)
        with pytest.raises(Broken):
            connections.send(request, 30.0, interrupt_soon)
    connections.close()

    assert len(had) == 1


def test_silence_is_a_time_out() -> None:
    connections = Connections(_TLS)
    with _service(answers=0, silent=True) as (request, _), pytest.raises(TimeoutError):
        connections.send(request, 0.2, lambda _: None)
    connections.close()
