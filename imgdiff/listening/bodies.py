"""Bodies of requests, bounded in time and, all of a process together, in bytes."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from imgdiff.errors import Overloaded, RequestTimeout

_RETRY_SECONDS = 2  # Retry-After while other bodies take all the room; chosen, not measured

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]  # ASGI's, which Starlette types alike


class Patience:
    """How long a server waits for a body: some seconds, which are used up by waiting and won back by what arrives.

    A body that stands still is refused after `seconds`, and so is, somewhat later, one that comes more slowly than
    `bytes_a_second`; with 0 whatever comes wins everything back.
    """

    def __init__(self, seconds: float, bytes_a_second: float) -> None:
        self._most = self._left = seconds
        self._rate = bytes_a_second

    async def wait(self, receive: Receive) -> Message:
        """The next message of the body; only waiting for it costs patience. Raises RequestTimeout."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(max(self._left, 0.0)):
                message = await receive()
        except TimeoutError:
            wanted = f" at {self._rate:g} bytes a second" if self._rate else ""
            raise RequestTimeout(f"the body did not arrive{wanted}, with pauses of {self._most:g} s at most") from None
        size = len(message.get("body", b""))
        won = size / self._rate if self._rate else self._most if size else 0.0
        self._left = min(self._most, self._left - (time.monotonic() - began) + won)
        return message


class Room:
    """Room for the bodies that a process holds at a time; `show` receives the bytes that are taken."""

    def __init__(self, most: int, show: Callable[[int], None]) -> None:
        self._most = most
        self._show = show
        self._taken = 0

    def require(self, size: int) -> None:
        """Raise Overloaded unless so many bytes would find room now."""
        if self._taken + size > self._most:
            raise Overloaded(
                "other requests take all the room that this server has for bodies; send this one again later",
                retry_after=_RETRY_SECONDS,
            )

    def take(self, size: int) -> None:
        """Take room; raises Overloaded."""
        self.require(size)
        self._taken += size
        self._show(self._taken)

    def give(self, size: int) -> None:
        """Give room back."""
        self._taken -= size
        self._show(self._taken)
