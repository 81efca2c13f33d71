"""Send a request to a URL that a client names, or fetch it: bounded in time and bytes, and without redirects.

The address is resolved once and checked before anything connects to it; the connection then goes to just that address,
so that a second answer of the name server changes nothing. Proxies of the environment are not used.
"""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import httpcore
import httpx

from gateway.outbound.addresses import Blocked, Network, is_allowed, is_public, resolve
from imgdiff.errors import InvalidRequest

_KEPT_BYTES = 2**16  # of an answer that only its status matters of; chosen, not measured


class Unreachable(Exception):
    """The other side did not answer as it should; the message reveals nothing of what it answered."""


@dataclass(frozen=True)
class Outbound:
    """Sends requests of at most `seconds` each; `networks` may be reached beside public addresses, also without TLS."""

    networks: Sequence[Network]
    seconds: float

    async def send(self, url: str, headers: Mapping[str, str], content: bytes) -> tuple[int, Mapping[str, str]]:
        """POST; returns the status and the headers of the answer. Raises Blocked or Unreachable."""
        status, answered, _ = await self._request("POST", url, headers, content, _KEPT_BYTES, whole=False)
        return status, answered

    async def fetch(self, url: str, limit: int) -> bytes:
        """GET; the body of a 200. Raises Blocked or Unreachable, also for a body of more than `limit` bytes."""
        status, _, body = await self._request("GET", url, {"Accept": "image/*"}, b"", limit, whole=True)
        if status != httpx.codes.OK:
            raise Unreachable(f"it answered with status {status}, not with an image")
        return body

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes, limit: int, *, whole: bool
    ) -> tuple[int, Mapping[str, str], bytes]:
        parsed = parse(url)
        backend = _Pinned(self.networks, public=parsed.scheme == "https")
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        target = httpcore.URL(
            scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path or b"/"
        )
        try:
            async with (
                asyncio.timeout(self.seconds),
                httpcore.AsyncConnectionPool(ssl_context=_tls(), network_backend=backend) as pool,
                pool.stream(method, target, headers=sent, content=content) as answer,
            ):
                body = await _read(answer.aiter_stream(), limit, whole=whole)
                return answer.status, _decode(answer.headers), body
        except TimeoutError as error:
            raise Unreachable(f"it did not answer within {self.seconds:g} s") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise Unreachable(f"the connection failed ({type(error).__name__})") from error


def parse(url: str) -> httpx.URL:
    """A URL to send to; raises Blocked for one that is none, or names a user."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise Blocked(f"not a URL: {error}") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise Blocked("not an http or https URL")
    if parsed.userinfo:
        raise Blocked("it has a user name or password")
    return parsed


def require_allowed(url: str, networks: Sequence[Network], pointer: str) -> None:
    """Raise InvalidRequest, which names `pointer`, for the URL of a receiver that could not be sent to."""
    try:
        check_url(url, networks)
    except Blocked as error:
        raise InvalidRequest.at(pointer, "webhook.url", f"events cannot be sent there: {error}") from error


def check_url(url: str, networks: Sequence[Network]) -> None:
    """Raise Blocked for a URL that could not be sent to whatever its name resolves to."""
    parsed = parse(url)
    if parsed.scheme != "https" and not networks:
        raise Blocked("http is not encrypted; use https")
    try:
        address = ipaddress.ip_address(parsed.host)
    except ValueError:
        return
    if not is_allowed(address, networks) and not (parsed.scheme == "https" and is_public(address)):
        raise Blocked("its address is not a public one")


def _decode(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


async def _read(pieces: AsyncIterable[bytes], limit: int, *, whole: bool) -> bytes:
    """Up to `limit` bytes; where the `whole` is wanted, raises Unreachable beyond them."""
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > limit:
            if whole:
                raise Unreachable(f"it sent more than {limit} bytes")
            break
    return bytes(body)


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that were checked, and to no others."""

    def __init__(self, networks: Sequence[Network], *, public: bool) -> None:
        self._networks, self._public = networks, public
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await resolve(host, port, self._networks, public=self._public)
        for address in addresses[:-1]:
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._backend.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
