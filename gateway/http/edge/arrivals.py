"""Bodies of requests while they arrive: their size, the time they take, and the room that all of them take together."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from gateway.settings import GatewaySettings
from imgdiff.errors import PayloadTooLarge
from imgdiff.listening.bodies import Patience, Room


@dataclass(frozen=True)
class Arrivals:
    """The limits of bodies; `streamed` has those of routes that read a body in pieces, by the start of their paths."""

    settings: GatewaySettings
    room: Room
    streamed: Mapping[str, int] = field(default_factory=dict)

    @contextmanager
    def admit(self, scope: Scope, receive: Receive) -> Iterator[Receive]:
        """The `receive` of one request; until the block ends, the body has its room.

        Both raise PayloadTooLarge, RequestTimeout or Overloaded.
        """
        limits = (limit for start, limit in self.streamed.items() if scope["path"].startswith(start))
        streamed = next(limits, None)
        body = _Body(receive, self.settings, None if streamed else self.room, streamed or self.settings.max_body_bytes)
        body.refuse(Headers(scope=scope).get("content-length", "0"))
        try:
            yield body.receive
        finally:
            body.close()


class _Body:
    def __init__(self, receive: Receive, settings: GatewaySettings, room: Room | None, limit: int) -> None:
        self._receive = receive
        self._room = room  # None for what is read in pieces, of which none is kept
        self._limit = limit
        self._size = 0
        self._complete = False
        self._patience = (
            Patience(settings.client_stall_seconds, 0)
            if room is None
            else Patience(settings.body_pause_seconds, settings.body_bytes_per_second)
        )

    def refuse(self, declared: str) -> None:
        if declared.isdecimal():
            self._require_small(int(declared))
            if self._room is not None:
                self._room.require(int(declared))

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()  # that the client has gone, for which nobody's patience counts
        message = await self._patience.wait(self._receive)
        size = len(message.get("body", b""))
        self._require_small(self._size + size)
        if self._room is not None:
            self._room.take(size)
        self._size += size
        self._complete = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    def close(self) -> None:
        if self._room is not None:
            self._room.give(self._size)

    def _require_small(self, size: int) -> None:
        if size > self._limit:
            raise PayloadTooLarge(f"the request body is larger than {self._limit} bytes")
