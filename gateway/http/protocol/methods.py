"""Methods of HTTP that no route has of its own: HEAD where there is GET, OPTIONS, and what a path allows."""

from collections import defaultdict
from collections.abc import Mapping

from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.rendering import Json
from imgdiff.errors import MethodNotAllowed

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def allowed_methods(scope: Scope) -> list[str]:
    """The methods of a request's path in their usual order, for `Allow`; none where no route has the path."""
    found = [method for method in _METHODS if _has_route(scope, method)]
    if "GET" in found and "HEAD" not in found:
        found.insert(1, "HEAD")
    return [*found, "OPTIONS"] if found else []


def refuse_method(scope: Scope) -> Json:
    """The answer to a method that the path of a request does not have."""
    method, offered = scope["method"], ", ".join(allowed_methods(scope))
    error = MethodNotAllowed(
        f"{method} is not offered on {scope['path']!r}; offered: {offered}", headers={"Allow": offered}
    )
    return Json(*error.reply(scope["path"]))


class Methods:
    """ASGI middleware that answers OPTIONS, and HEAD as GET without its body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"] if scope["type"] == "http" else ""
        if method == "OPTIONS" and (allowed := allowed_methods(scope)):
            await Response(status_code=204, headers={"Allow": ", ".join(allowed)})(scope, receive, send)
        elif method in _METHODS and _is_path(scope) and not _has_route(scope, "GET" if method == "HEAD" else method):
            await refuse_method(scope)(scope, receive, send)
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


def _is_path(scope: Scope) -> bool:
    """Whether a route has the very path, without parameters: then no other counts (`/prune` is no `/{id}`)."""
    return scope["path"] in _methods_of(scope["app"])


def _has_route(scope: Scope, method: str) -> bool:
    if _is_path(scope):
        return method in _methods_of(scope["app"])[scope["path"]]
    routes: list[BaseRoute] = scope["app"].routes
    return any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)


def _methods_of(app: Starlette) -> Mapping[str, set[str]]:
    """By path, as routes are declared; read once, and kept with the app."""
    known: Mapping[str, set[str]] | None = getattr(app.state, "methods_by_path", None)
    if known is not None:
        return known
    found: dict[str, set[str]] = defaultdict(set)
    for context in iter_route_contexts(app.routes):
        found[str(context.path)] |= set(getattr(context.route, "methods", None) or ())
    app.state.methods_by_path = {path: methods for path, methods in found.items() if "{" not in path}
    return _methods_of(app)
