"""Methods of HTTP that no route has of its own: HEAD where there is GET, OPTIONS, and what a path allows."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def allowed_methods(scope: Scope) -> list[str]:
    """The methods of a request's path in their usual order, for `Allow`; none where no route has the path."""
    found = [method for method in _METHODS if _has_route(scope, method)]
    if "GET" in found and "HEAD" not in found:
        found.insert(1, "HEAD")
    return [*found, "OPTIONS"] if found else []


class Methods:
    """ASGI middleware that answers OPTIONS, and HEAD as GET without its body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"] if scope["type"] == "http" else ""
        if method == "OPTIONS" and (allowed := allowed_methods(scope)):
            await Response(status_code=204, headers={"Allow": ", ".join(allowed)})(scope, receive, send)
        elif method == "HEAD" and not _has_route(scope, "HEAD") and _has_route(scope, "GET"):
            await self._answer_head(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer_head(self, scope: Scope, receive: Receive, send: Send) -> None:
        inner = {**scope, "method": "GET"}
        answer = _Head(send)
        try:
            await self._app(inner, receive, answer.send)
        except Exception:
            if not answer.complete:
                raise
        finally:
            if "route" in inner:
                scope["route"] = inner["route"]  # the metrics name it


class _Enough(Exception):
    """The headers are sent, so that nobody needs the body."""


class _Head:
    """The `send` of a HEAD request: it ends the answer after its headers, and stops what makes a long body."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.complete = False

    async def send(self, message: Message) -> None:
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        if not self.complete:
            self.complete = True
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        if message.get("more_body", False):
            raise _Enough


def _has_route(scope: Scope, method: str) -> bool:
    routes: list[BaseRoute] = scope["app"].routes
    return any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
