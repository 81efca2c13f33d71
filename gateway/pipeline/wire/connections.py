"""Connections to services, kept open from one call to the next; another thread can interrupt a call.

httpcore keeps and checks the connections, as it does under httpx. The blocking client of httpx cannot end a call from
another thread: for that the stream has to be known.
"""

import socket
import ssl
import threading
import typing
from collections.abc import Callable

import httpcore
import httpx

_CONNECT_SECONDS = 5.0  # for the TCP connection and TLS; chosen, not measured
_IDLE_SECONDS = 2.0  # that a connection is kept; the services close theirs after 5 s (uvicorn's default); chosen

Interrupt = Callable[[], None]
"""Lets the call that uses a stream fail at once; the service sees that its client has left."""


class CannotConnect(Exception):
    """Nothing listens there, or it does not take the connection."""


class Broken(Exception):
    """The connection ended, or what came was no HTTP; the message names the error."""


class Connections:
    """Sends requests over connections that are kept; shared by all threads of a process."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._told = threading.local()
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, max_connections=None, keepalive_expiry=_IDLE_SECONDS, network_backend=_Noting(self._note)
        )

    def send(self, request: httpx.Request, seconds: float, tell: Callable[[Interrupt], None]) -> httpx.Response:
        """The answer; `tell` receives what interrupts the call, as soon as it has a connection.

        Raises CannotConnect, Broken, or TimeoutError after so long a silence.
        """
        times = dict.fromkeys(("read", "write", "pool"), seconds) | {"connect": _CONNECT_SECONDS}
        self._told.tell = tell
        try:
            answer = self._pool.request(
                request.method,
                str(request.url),
                headers=request.headers.raw,
                content=request.read(),
                extensions={"timeout": times},
            )
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise CannotConnect(str(error)) from error
        except httpcore.TimeoutException as error:
            raise TimeoutError from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Broken(type(error).__name__) from error
        finally:
            del self._told.tell
        return httpx.Response(answer.status, headers=answer.headers, content=answer.content)

    def close(self) -> None:
        """Close those that no call has."""
        self._pool.close()

    def _note(self, stream: httpcore.NetworkStream) -> None:
        """This thread's call uses the stream from now on."""
        self._told.tell(lambda: _shut(stream))


class _Noting(httpcore.SyncBackend):
    """Opens streams that tell which call uses them."""

    def __init__(self, note: Callable[[httpcore.NetworkStream], None]) -> None:
        self._note = note

    def connect_tcp(self, *arguments: typing.Any, **options: typing.Any) -> httpcore.NetworkStream:
        """A stream to a host."""
        return _NotingStream(super().connect_tcp(*arguments, **options), self._note)


class _NotingStream(httpcore.NetworkStream):
    """Tells that it is used whenever something is sent on it."""

    def __init__(self, inner: httpcore.NetworkStream, note: Callable[[httpcore.NetworkStream], None]) -> None:
        self._inner = inner
        self._note = note

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What comes next."""
        return self._inner.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send something."""
        self._note(self._inner)
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        """Close it."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same, encrypted."""
        return _NotingStream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._note)

    def get_extra_info(self, info: str) -> typing.Any:
        """What httpcore asks of a stream."""
        return self._inner.get_extra_info(info)


def _shut(stream: httpcore.NetworkStream) -> None:
    try:
        socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)  # TLS would take its own state away
    except OSError:
        return  # it is closed
