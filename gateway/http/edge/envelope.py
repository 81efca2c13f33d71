"""Middleware around every route: a request id, security headers, metrics, a log line, and limits on bodies."""

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.edge.arrivals import Arrivals
from gateway.http.edge.request_id import request_id
from gateway.http.metrics import GatewayMetrics
from gateway.http.problems import internal_error, problem_response
from gateway.store.outages import outage
from imgdiff.errors import Overloaded, PayloadTooLarge, RequestTimeout

_log = logging.getLogger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_UNSAFE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # in the value of a header: RFC 9110, section 5.5
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"


_REFUSALS = (PayloadTooLarge, RequestTimeout, Overloaded)  # of a body


class Envelope:
    """ASGI middleware; bodies are limited while they arrive, not afterwards."""

    def __init__(self, app: ASGIApp, metrics: GatewayMetrics, arrivals: Arrivals) -> None:
        self._app = app
        self._metrics = metrics
        self._arrivals = arrivals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = Headers(scope=scope).get("x-request-id", "")
        chosen = sent if _REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
        request_id.set(chosen)
        answer = _Answer(scope, send, chosen)
        started = time.perf_counter()
        try:
            await self._run(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - started
            self._metrics.count_answer(scope["method"], _template(scope), answer.status, seconds)
            _log.info("%s %r %d %.3fs", scope["method"], scope["path"], answer.status, seconds)

    async def _run(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            with self._arrivals.admit(scope, receive) as bounded:
                await self._app(scope, bounded, answer.send)
        except ClientDisconnect:
            return  # while it sent the body: nobody hears an answer, and nothing is wrong here
        except Exception as error:
            expected = error if isinstance(error, _REFUSALS) else outage(error)
            if expected is None:
                _log.exception("unexpected error in %s %r", scope["method"], scope["path"])
            elif expected is not error:
                _log.warning("%s %r: %s (%s)", scope["method"], scope["path"], expected, error)
            if answer.started:
                raise  # too late for another answer: a broken connection tells the client
            reply = internal_error(scope["path"]) if expected is None else problem_response(expected, scope["path"])
            await reply(scope, receive, answer.send)


class _Answer:
    """The `send` of one request: adds headers, remembers the status."""

    def __init__(self, scope: Scope, send: Send, chosen: str) -> None:
        self._scope = scope
        self._send = send
        self._request_id = chosen
        self.status = 499  # client closed request; until something is sent
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            message["headers"] = [(name, _UNSAFE.sub(_escape, value)) for name, value in message["headers"]]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._request_id
            for name, value in _SECURITY.items():
                headers.setdefault(name, value)
            if self.status == RequestTimeout.status:
                headers["Connection"] = "close"  # the rest of the body is not waited for
            headers.setdefault("Content-Security-Policy", _API_POLICY)  # pages have their own
        await self._send(message)


def _escape(found: re.Match[bytes]) -> bytes:
    return b"%%%02X" % found[0][0]


def _template(scope: Scope) -> str:
    """The route's path with its parameters unfilled, which keeps the number of series small."""
    return getattr(scope.get("route"), "path", "unknown")
