"""Questions that the supervisor asks its children: over loopback or a file, without a thread and without blocking."""

import asyncio
import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_MOST_BYTES = 64 * 2**10  # of an answer; a health document has some hundred
READY, LOADING = "ready", "loading"


@dataclass(frozen=True)
class Health:
    """What a child answered: whether it lives, and its state: READY, LOADING, or what is wrong in its own words."""

    alive: bool
    state: str = READY


class Probe(Protocol):
    """Asks one child."""

    @property
    def recovery(self) -> float:
        """Seconds of silence that are natural after another child that it needs came back."""

    def reset(self) -> None:
        """Forget what an earlier process of the child showed."""

    async def ask(self) -> Health:
        """Its answer; raises OSError or ValueError without one. May wait for ever, since the caller cancels it."""


@dataclass(frozen=True)
class HttpProbe:
    """Asks for `live`, and where there is `ready` for the document there, whose `state` says what is wrong."""

    host: str
    port: int
    live: str
    ready: str | None = None
    recovery: float = 0.0

    def reset(self) -> None:
        """Nothing is remembered."""

    async def ask(self) -> Health:
        """Alive unless the answer to `live` is an error."""
        status, _ = await read_http(self.host, self.port, self.live)
        return Health(is_success(status), await self._state())

    async def _state(self) -> str:
        if self.ready is None:
            return READY
        _, body = await read_http(self.host, self.port, self.ready)
        document = json.loads(body)
        return str(document["state"]) if isinstance(document, dict) and "state" in document else READY


@dataclass(frozen=True)
class RedisProbe:
    """Sends PING with the password; any reply will do, since a server that loads its file replies with an error."""

    host: str
    port: int
    password: str
    recovery: float = 0.0

    def reset(self) -> None:
        """Nothing is remembered."""

    async def ask(self) -> Health:
        """Alive when anything is replied."""
        request = f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode("ascii")
        return Health(bool(await _exchange(self.host, self.port, request)))


@dataclass
class BeatProbe:
    """Looks whether a file was touched since the last look; compares no clocks, which may jump."""

    path: Path
    recovery: float = 0.0
    _seen: int | None = None

    def reset(self) -> None:
        """Take the file as it is found next for that of an earlier process."""
        self._seen = None

    async def ask(self) -> Health:
        """Alive when the file's time has changed."""
        touched = self.path.stat().st_mtime_ns
        before, self._seen = self._seen, touched
        return Health(before is not None and touched != before)


def is_success(status: int) -> bool:
    """Whether an HTTP status reports success."""
    return 200 <= status < 300


async def read_http(host: str, port: int, path: str) -> tuple[int, bytes]:
    """Status and body of a GET; the host is a number, since looking a name up would start a thread."""
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    request = f"GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n".encode("ascii")
    head, _, body = (await _exchange(host, port, request)).partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        raise ValueError(f"{authority} does not answer in HTTP")
    return int(words[1]), body


async def _exchange(host: str, port: int, request: bytes) -> bytes:
    """What the other side sends until it closes the connection."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request)
        await writer.drain()
        received = b""
        while len(received) < _MOST_BYTES and (more := await reader.read(_MOST_BYTES)):
            received += more
        return received
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
