"""Clients that hold a server's connections: silent ones, slow heads, bodies that stall or trickle."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

_PAUSE_SECONDS = 1.0  # between two bytes of what trickles; chosen, not measured
_PIECE = b" " * 2**16
_BODY_BYTES = 80 * 2**20  # of a body that stalls: just below the largest that the gateway takes
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
_HEAD = "\r\n".join(
    (
        "POST /v1/difference-captions HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {_BODY_BYTES}",
        "\r\n",
    )
).encode()

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Outcome(NamedTuple):
    """How the connections ended, each by the status of its answer or `closed`, and after how many seconds the last."""

    endings: Counter[str]
    seconds: float


async def _send_nothing(writer: asyncio.StreamWriter) -> None:
    await writer.drain()


async def _trickle_head(writer: asyncio.StreamWriter) -> None:
    await _trickle(writer, b"GET /livez HTTP/1.1\r\nX-Slow: " + b"x" * 10_000)


async def _stall_body(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD)
    for _ in range(0, _BODY_BYTES - len(_PIECE), len(_PIECE)):
        writer.write(_PIECE)
        await writer.drain()


async def _trickle_body(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD)
    await _trickle(writer, b" " * 10_000)


async def _trickle(writer: asyncio.StreamWriter, data: Iterable[int]) -> None:
    for byte in data:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(_PAUSE_SECONDS)


Send = Callable[[asyncio.StreamWriter], Awaitable[None]]
ABUSES: dict[str, tuple[int, Send]] = {
    "connections that send nothing": (1500, _send_nothing),
    "heads of a byte a second": (300, _trickle_head),
    "JSON bodies of 80 MiB that stall before their last bytes": (15, _stall_body),
    "bodies of a byte a second": (100, _trickle_body),
}


async def hold(url: str, number: int, send: Send) -> Outcome:
    """Open so many connections at once, and keep them for as long as the server does."""
    began = time.monotonic()
    endings = Counter(await asyncio.gather(*(_hold_one(url, send) for _ in range(number))))
    return Outcome(endings, time.monotonic() - began)


async def _hold_one(url: str, send: Send) -> str:
    address = urlsplit(url)
    try:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        sending = asyncio.ensure_future(_ignore_end(send(writer)))
        answer = await reader.read()
        sending.cancel()
        writer.close()
    except ConnectionError:
        return "closed"
    found = _STATUS.match(answer)
    return found[1].decode() if found else "closed"


async def _ignore_end(sending: Awaitable[None]) -> None:
    try:
        await sending
    except ConnectionError:
        return
