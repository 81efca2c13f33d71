"""What a request must satisfy before anything of it is kept: the secret, a bounded body, and its arrival in time."""

import asyncio
import secrets
import time

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imgdiff.errors import ImgdiffError, PayloadTooLarge, RequestTimeout, Unauthorized
from services.serving.settings import ServiceSettings

_OPEN = frozenset({"GET", "HEAD", "OPTIONS"})  # methods that ask for no work: health, metadata, metrics


class RequestGuard:
    """ASGI middleware; refuses with a problem before the route runs."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] in _OPEN:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        refusal = self._check_secret(headers) or self._check_length(headers)
        if refusal is not None:
            await _refuse(refusal, scope, receive, send)
            return
        body = _BoundedBody(receive, self._settings)
        answer = _Answer(send, body)
        try:
            await self._app(scope, body.receive, answer.send)
        except ImgdiffError as error:
            if error is not body.refusal:
                raise
        if body.refusal is not None and not answer.begun:
            await _refuse(body.refusal, scope, receive, send)

    def _check_secret(self, headers: dict[bytes, bytes]) -> ImgdiffError | None:
        if self._settings.secret is None:
            return None
        expected = f"Bearer {self._settings.secret.get_secret_value()}".encode()
        if secrets.compare_digest(headers.get(b"authorization", b""), expected):
            return None
        return Unauthorized("this service wants the secret of its deployment as a bearer token")

    def _check_length(self, headers: dict[bytes, bytes]) -> ImgdiffError | None:
        length = headers.get(b"content-length", b"")
        most = self._settings.max_body_bytes
        return _too_large(most) if length.isdigit() and int(length) > most else None


class _BoundedBody:
    """Receives a request, and raises `refusal` where its body is too large or too slow."""

    def __init__(self, receive: Receive, settings: ServiceSettings) -> None:
        self._receive = receive
        self._left = settings.max_body_bytes
        self._settings = settings
        self._until = time.monotonic() + settings.max_body_seconds
        self._complete = False
        self.refusal: ImgdiffError | None = None

    async def receive(self) -> Message:
        """The next message; after the last one of the body whatever comes, such as that the client has gone."""
        if self._complete:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._until - time.monotonic()))
        except TimeoutError:
            seconds = self._settings.max_body_seconds
            self.refusal = RequestTimeout(f"the request did not arrive within {seconds:g} s")
            raise self.refusal from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.refusal = _too_large(self._settings.max_body_bytes)
            raise self.refusal
        self._complete = message["type"] != "http.request" or not message.get("more_body", False)
        return message


class _Answer:
    """Sends the app's answer, unless the body was refused meanwhile: what the app says of that is replaced."""

    def __init__(self, send: Send, body: _BoundedBody) -> None:
        self._send, self._body = send, body
        self.begun = False

    async def send(self, message: Message) -> None:
        """Pass one message on."""
        if self._body.refusal is None or self.begun:
            self.begun = True
            await self._send(message)


def _too_large(most: int) -> ImgdiffError:
    return PayloadTooLarge(f"the request is larger than {most} bytes; send smaller images")


async def _refuse(error: ImgdiffError, scope: Scope, receive: Receive, send: Send) -> None:
    content, status, headers, media_type = error.reply(scope["path"])
    headers |= {"Connection": "close"}  # what is left of the body is not read
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    await JSONResponse(content, status, headers, media_type)(scope, receive, send)
