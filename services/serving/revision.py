"""The revision of a service: a digest of all that decides an answer beside its request.

Two answers of one revision to the same request are the same, so that the gateway may use an answer again. Of a service
of which that is not certain there is none: a model behind another server may change without notice, and says no digest.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Protocol

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imgdiff import __version__
from imgdiff.records import ModelUse
from imgdiff.stages import REVISION_HEADER
from services.serving.settings import ServiceSettings

_SHA256 = re.compile(r"[0-9a-f]{64}")
_OPERATING = frozenset(ServiceSettings.model_fields) - {"backend", "device"}  # how it runs, not what it answers


def revision_of(settings: ServiceSettings, backend: str, device: str, models: Sequence[ModelUse]) -> str | None:
    """The digest of this version, backend, device, models and the service's own settings.

    None unless there are models and each has the SHA-256 of its weights.
    """
    if not models or not all(_SHA256.fullmatch(model.sha256) for model in models):
        return None
    decides = {
        "version": __version__,
        "backend": backend,
        "device": device,
        "models": sorted((model.name, model.version, model.sha256) for model in models),
        "settings": settings.model_dump(mode="json", exclude=set(_OPERATING)),
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


class HasRevision(Protocol):
    """What answers requests."""

    @property
    def revision(self) -> str | None:
        """Its revision now."""


class ShowRevision:
    """ASGI middleware: the answers to work have the revision that gave them as a header field."""

    def __init__(self, app: ASGIApp, serving: HasRevision) -> None:
        self._app = app
        self._serving = serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return

        async def show(message: Message) -> None:
            if message["type"] == "http.response.start" and self._serving.revision is not None:
                MutableHeaders(scope=message)[REVISION_HEADER] = self._serving.revision
            await send(message)

        await self._app(scope, receive, show)
