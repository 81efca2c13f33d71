"""What every answer gets: a request id, security headers, a count; and what every request must keep to: its size."""

import logging
import re
import time
import uuid
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.problems import internal_error, problem_response
from gateway.metrics import GatewayMetrics
from imgdiff.errors import PayloadTooLarge

_log = logging.getLogger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_CLOSED = "default-src 'none'; frame-ancestors 'none'"
_PAGES = {"/docs", "/"}  # pages set or need their own policy

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class Envelope:
    """ASGI middleware around everything; `max_body_bytes` bounds a body while it arrives, not afterwards."""

    def __init__(self, app: ASGIApp, metrics: GatewayMetrics, max_body_bytes: int) -> None:
        self._app = app
        self._metrics = metrics
        self._limit = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        chosen = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request_id.set(chosen)
        answer = _Answer(scope, send, chosen)
        started = time.perf_counter()
        try:
            await self._answered(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - started
            self._metrics.answered(scope["method"], _template(scope), answer.status, seconds)
            _log.info("%s %r %d %.3fs", scope["method"], scope["path"], answer.status, seconds)

    async def _answered(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        too_large = PayloadTooLarge(f"the request body is larger than {self._limit} bytes")
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > self._limit:
            await problem_response(too_large, scope["path"])(scope, receive, answer.send)
            return
        try:
            await self._app(scope, _bounded(receive, self._limit, too_large), answer.send)
        except Exception:
            _log.exception("unforeseen error in %s %r", scope["method"], scope["path"])
            if answer.started:
                raise  # too late for another answer: the connection breaks, so that the client knows
            await internal_error(scope["path"])(scope, receive, answer.send)


class _Answer:
    """The way out: adds our headers, remembers the status."""

    def __init__(self, scope: Scope, send: Send, chosen: str) -> None:
        self._scope = scope
        self._send = send
        self._request_id = chosen
        self.status = 499  # until something was sent
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._request_id
            for name, value in _SECURITY.items():
                headers.setdefault(name, value)
            if self._scope["path"] not in _PAGES:
                headers.setdefault("Content-Security-Policy", _CLOSED)
        await self._send(message)


def _bounded(receive: Receive, limit: int, too_large: PayloadTooLarge) -> Receive:
    received = 0

    async def receive_bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise too_large
        return message

    return receive_bounded


def _template(scope: Scope) -> str:
    """The route's path with its parameters unfilled, so that the metrics stay few."""
    return getattr(scope.get("route"), "path", "unknown")
