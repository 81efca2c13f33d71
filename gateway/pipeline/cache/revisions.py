"""Which revision each service runs now, as it says itself."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx
from pydantic import ValidationError

from gateway.pipeline.wire.connections import Broken, CannotConnect, Connections
from imgdiff.jobs import StageName
from imgdiff.stages import ServiceMetadata

FRESH_SECONDS = 5.0
"""For which what a service said counts: so long results of models that it no longer has are used; chosen."""
_PATIENCE_SECONDS = 1.0  # for its answer; then it is asked for the result instead; chosen, not measured


@dataclass
class _Known:
    """What a service said at a time in monotonic seconds, and the lock of whoever asks it."""

    revision: str | None = None
    until: float = 0.0
    asking: threading.Lock = field(default_factory=threading.Lock)


class Revisions:
    """Asks each service at most once in a while; shared by all threads of a process.

    `urls` are the base URLs of the services.
    """

    def __init__(
        self,
        urls: Mapping[StageName, str],
        connections: Connections,
        *,
        fresh_seconds: float = FRESH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._urls = urls
        self._connections = connections
        self._fresh_seconds = fresh_seconds
        self._clock = clock
        self._known = {name: _Known() for name in urls}

    def now(self, name: StageName) -> str | None:
        """The revision of a service; None where it does not answer, or says that its answers may differ."""
        known = self._known[name]
        with known.asking:
            if self._clock() >= known.until:
                self.note(name, self._ask(name))
            return known.revision

    def note(self, name: StageName, revision: str | None) -> None:
        """A service has just said its revision, such as with an answer."""
        known = self._known[name]
        known.revision, known.until = revision, self._clock() + self._fresh_seconds

    def _ask(self, name: StageName) -> str | None:
        request = httpx.Request("GET", f"{self._urls[name]}/v2/models/{name.value}")
        try:
            answer = self._connections.send(request, _PATIENCE_SECONDS, lambda _: None)
            return ServiceMetadata.model_validate_json(answer.content).revision if answer.is_success else None
        except (CannotConnect, Broken, TimeoutError, ValidationError):
            return None
