"""Middleware against other people's web pages: only known names of this gateway, and no changes by foreign pages.

A page of any site can send requests to an address of the visitor's network, and with a name that it has pointed there
(DNS rebinding) read the answers, too. A browser gives itself away by `Host` and `Origin`, which no page can change.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.http.problems import problem_response
from imgdiff.errors import Forbidden, ImgdiffError, MisdirectedRequest

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PROBES = {"/livez", "/readyz"}  # asked by whatever name, and telling nothing
_READING = {"GET", "HEAD", "OPTIONS"}
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True)
class KnownNames:
    """`hosts` are the names under which requests are taken, such as `captions.example`, `*.example` or `*` for all.

    `origins` are those of pages that may use the API from a browser, beside the gateway's own; `*` for all.
    """

    hosts: Sequence[str]
    origins: Sequence[str]

    def knows(self, host: str, address: str | None) -> bool:
        """Whether `host`, without a port, is one of the names, or the address that the client connected to."""
        name = host.lower().rstrip(".")
        return name == address or any(_fits(name, one.lower()) for one in self.hosts)

    def trusts(self, origin: str, host: str) -> bool:
        """Whether a page of this origin may change something; that of the gateway itself may, by whatever scheme."""
        if "*" in self.origins or origin in self.origins:
            return True
        scheme, _, place = origin.lower().partition("://")
        port = _DEFAULT_PORTS.get(scheme, "")
        return place != "" and place.removesuffix(port) == host.lower().removesuffix(port)


class Origins:
    """ASGI middleware that refuses unknown hosts, and changes that a foreign page asks for."""

    def __init__(self, app: ASGIApp, names: KnownNames) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._refuse(scope) if scope["type"] == "http" and scope["path"] not in _PROBES else None
        if refused is None:
            await self._app(scope, receive, send)
        else:
            await problem_response(refused, scope["path"])(scope, receive, send)

    def _refuse(self, scope: Scope) -> ImgdiffError | None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host"), headers.get("origin")
        address = (scope.get("server") or (None,))[0]
        if host is not None and not self._names.knows(_without_port(host), address):
            detail = f"this gateway is not known as {host!r}; IMGDIFF_GATEWAY_ALLOWED_HOSTS lists its names"
            return MisdirectedRequest.at("/header/Host", "host", detail)
        if origin is None or scope["method"] in _READING or self._names.trusts(origin, host or ""):
            return None
        detail = f"pages of {origin!r} may change nothing here; IMGDIFF_GATEWAY_CORS_ORIGINS lists those that may"
        return Forbidden.at("/header/Origin", "origin", detail)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _fits(name: str, known: str) -> bool:
    return known in {name, "*"} or (known.startswith("*.") and name.endswith(known[1:]))
