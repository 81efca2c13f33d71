"""Connections bounded in number and time: a protocol for uvicorn, which waits for a first request for ever."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from imgdiff.errors import ImgdiffError, MalformedRequest, Overloaded, RequestTimeout
from imgdiff.listening.framing import StrictConnection

_LINGER_SECONDS = 10.0  # that a client has for reading the last bytes; chosen, not measured
_MOST_HEAD_BYTES = 64 * 1024  # of a request, as uvicorn has it
_MALFORMED = "what arrived is no valid HTTP, or leaves open where the request ends; send it by an HTTP library"
_RETRY_SECONDS = 1  # Retry-After when there are too many connections; chosen, not measured

Tell = Callable[[int], None]
Count = Callable[[str], None]


def tell_nobody(_: int) -> None:
    """Takes the number of connections."""


def count_nothing(_: str) -> None:
    """Takes why a connection was closed."""


@dataclass(frozen=True)
class ConnectionLimits:
    """Most connections; seconds for the head of a request, and in which a client must read something of an answer.

    `tell` receives the number of connections whenever it changes, and `count` why one was closed: `late`, a head that
    did not come; `malformed`, what is no HTTP; `stalled`, an answer that was not read; `evicted`, an idle one for a new
    one; `refused`, a new one.
    """

    most: int
    head_seconds: float
    stalled_seconds: float
    tell: Tell = tell_nobody
    count: Count = count_nothing


def bounded(limits: ConnectionLimits) -> type[asyncio.Protocol]:
    """The protocol with these limits, as uvicorn's option `http`."""
    return type("Bounded", (BoundedProtocol,), {"limits": limits, "resting": {}})


class BoundedProtocol(H11Protocol):
    """uvicorn's protocol for HTTP/1.1, whose own limit refuses requests while idle connections take all the room."""

    limits: ConnectionLimits
    resting: dict["BoundedProtocol", None]  # the idle connections of all, that of the longest rest first

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn = StrictConnection(h11.SERVER, self.config.h11_max_incomplete_event_size or _MOST_HEAD_BYTES)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Wait for a head, unless there are too many connections in use."""
        super().connection_made(transport)
        self._head: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self.limits.tell(len(self.connections))
        if len(self.connections) > self.limits.most and not self._make_room():
            self._answer(Overloaded("too many connections are open", retry_after=_RETRY_SECONDS), "refused")
        else:
            self.resting[self] = None
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        super().connection_lost(exc)
        self.resting.pop(self, None)
        self._forget_head()
        self.resume_writing()
        self.limits.tell(len(self.connections))

    def data_received(self, data: bytes) -> None:
        """Take what came; a head has its time from its first byte on, and so has what follows an early answer."""
        super().data_received(data)
        if not self.idle:
            self.resting.pop(self, None)
            self._forget_head()
        elif self._head is None and not self.transport.is_closing():
            self._await_head()

    def send_400_response(self, _: str) -> None:
        """Refuse what is no HTTP, or close where an answer has begun, behind which nobody looks for another one.

        h11, which uvicorn asks, raises an error for a second answer, and for what the app would send after a refusal.
        """
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._answer(MalformedRequest(_MALFORMED), "malformed")
        else:
            self.limits.count("malformed")
            self._close()

    def on_response_complete(self) -> None:
        """Rest, unless the next request is here."""
        super().on_response_complete()
        if self.idle and not self.transport.is_closing():
            self.resting[self] = None

    def timeout_keep_alive_handler(self) -> None:
        """Close, whether or not the client reads the rest."""
        super().timeout_keep_alive_handler()
        self._close()

    def pause_writing(self) -> None:
        """Wait for the client to read, but not for ever."""
        super().pause_writing()
        if self._reading is None:
            self._reading = self.loop.call_later(self.limits.stalled_seconds, self._drop)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    @property
    def idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _await_head(self) -> None:
        self._head = self.loop.call_later(self.limits.head_seconds, self._give_up)

    def _forget_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _make_room(self) -> bool:
        """Close the connection that has been idle for longest; whether there was one."""
        oldest = next(iter(self.resting), None)
        if oldest is None:
            return False
        self.limits.count("evicted")
        oldest._close()
        return True

    def _give_up(self) -> None:
        if self.transport.is_closing():
            return
        if self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            late = RequestTimeout(f"the head of the request did not arrive within {self.limits.head_seconds:g} s")
            self._answer(late, "late")
        else:
            self.limits.count("late")
            self._close()

    def _answer(self, error: ImgdiffError, why: str) -> None:
        self.limits.count(why)
        _, status, headers, media_type = error.reply("")
        body = error.problem().model_dump_json().encode()
        shown: dict[str, Any] = {
            **headers,
            "Content-Type": media_type,
            "Content-Length": len(body),
            "Connection": "close",
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in shown.items())
        self.transport.write(f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{head}\r\n".encode() + body)
        self._close()

    def _drop(self) -> None:
        self.limits.count("stalled")
        self.transport.abort()

    def _close(self) -> None:
        self.resting.pop(self, None)
        self.transport.close()
        self.loop.call_later(_LINGER_SECONDS, self.transport.abort)
