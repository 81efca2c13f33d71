"""Middleware that asks for a key before a byte of a body is read."""

from urllib.parse import unquote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.access.key_text import redact
from gateway.access.principal import IN_SCOPE, NOBODY, Doorkeeper
from gateway.access.scopes import ANYBODY
from gateway.http.problems import problem_response
from imgdiff.errors import ImgdiffError, InvalidRequest, Unauthorized

_CHALLENGE = 'Bearer realm="imgdiff"'
_DOCUMENTS = {"/docs", "/docs/oauth2-redirect", "/openapi.json"}  # the same for every gateway of a version
_OPEN = {path for _, path in ANYBODY} | _DOCUMENTS


class Admission:
    """ASGI middleware: puts the principal into the scope, or answers 401; a key in an address is refused."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                await _admit(scope)
            except ImgdiffError as error:
                await problem_response(error, redact(scope["path"]))(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _admit(scope: Scope) -> None:
    _refuse_key_in_address(scope)
    if scope["path"] in _OPEN or scope["method"] == "OPTIONS":
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
