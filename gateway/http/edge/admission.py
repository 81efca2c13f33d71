"""Middleware that asks for a key, and looks at quotas, before a byte of a body is read."""

from urllib.parse import unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.access.key_text import redact
from gateway.access.principal import IN_SCOPE, NOBODY, Accountant, Doorkeeper, Principal
from gateway.access.scopes import ANYBODY
from gateway.http.metrics import GatewayMetrics
from gateway.http.problems import problem_response
from imgdiff.errors import ImgdiffError, InvalidRequest, QuotaExceeded, Unauthorized

_CHALLENGE = 'Bearer realm="imgdiff"'
_OPEN = {path for _, path in ANYBODY} | {"/openapi.json"}  # the same for every gateway of a version
_FILES = "/web/"  # where the files of the page are, which hold nothing that is stored


class Admission:
    """ASGI middleware: puts the principal into the scope, or answers 401; 429 beyond a quota."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                await _admit(scope)
                send = _counted(scope, send)
                receive, send = _metered(scope, receive, send)
            except ImgdiffError as error:
                await problem_response(error, redact(scope["path"]))(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _metered(scope: Scope, receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Count the request and the bytes of its body; the answer shows what is left. Raises QuotaExceeded."""
    principal: Principal = scope[IN_SCOPE]
    if principal is NOBODY:
        return receive, send
    quotas: Accountant = scope["app"].state.gateway.quotas
    metrics: GatewayMetrics = scope["app"].state.gateway.metrics
    fields = quotas.count_request(principal.tenant, principal.key)

    async def count() -> Message:
        message = await receive()
        size = len(message.get("body", b""))
        metrics.count_of_tenant(principal.tenant, size=size)
        quotas.count_bytes(principal.tenant, size, principal.key)
        return message

    async def show(message: Message) -> None:
        if message["type"] == "http.response.start":
            for name, value in fields.items():
                MutableHeaders(scope=message).setdefault(name, value)
        await send(message)

    return count, show


def _counted(scope: Scope, send: Send) -> Send:
    """Count the request for its tenant, and whether it is answered 429."""
    principal: Principal = scope[IN_SCOPE]
    if principal is NOBODY:
        return send
    metrics: GatewayMetrics = scope["app"].state.gateway.metrics
    metrics.count_of_tenant(principal.tenant, requests=1)

    async def note(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == QuotaExceeded.status:
            metrics.count_of_tenant(principal.tenant, refused=1)
        await send(message)

    return note


async def _admit(scope: Scope) -> None:
    _refuse_key_in_address(scope)
    if scope["path"] in _OPEN or scope["path"].startswith(_FILES) or scope["method"] == "OPTIONS":
        scope[IN_SCOPE] = NOBODY
        return
    sent = Headers(scope=scope).getlist("authorization")
    keys: Doorkeeper = scope["app"].state.gateway.keys
    try:
        scope[IN_SCOPE] = await keys.identify(sent)
    except Unauthorized as error:
        error.headers = {"WWW-Authenticate": _CHALLENGE + (', error="invalid_token"' if sent else "")}
        raise


def _refuse_key_in_address(scope: Scope) -> None:
    """Addresses end in logs, histories and Referer headers (RFC 6750, section 5.3)."""
    address = scope["path"] + "?" + unquote(scope["query_string"].decode("latin-1"))
    if redact(address) != address:
        raise InvalidRequest("an API key in an address ends in logs: send it as `Authorization: Bearer KEY`; revoke it")
