"""When a request is retried, and after how long; the server's Retry-After takes precedence."""

import random
from dataclasses import dataclass

import httpx

from imgdiff.client.transport.failures import Outcome
from imgdiff.errors import retry_after

_RETRIED = frozenset({429, 502, 503, 504})
_CONFLICT = 409


@dataclass(frozen=True)
class Retries:
    """Every request may be retried: GET and DELETE are idempotent, a POST carries an Idempotency-Key."""

    attempts: int = 5
    connect_attempts: int = 3  # fewer, since a refused connection rarely recovers by itself
    first_pause: float = 0.25
    longest_pause: float = 60.0

    def pause(self, attempt: int, outcome: Outcome) -> float | None:
        """Seconds before the next attempt (attempts count from 1); None if this outcome is final."""
        allowed = (
            min(self.attempts, self.connect_attempts) if isinstance(outcome, httpx.ConnectError) else self.attempts
        )
        if attempt >= allowed or not _is_transient(outcome):
            return None
        requested = retry_after(outcome.headers) if isinstance(outcome, httpx.Response) else None
        if requested is not None:
            return requested if requested <= self.longest_pause else None
        grown = self.first_pause * 2.0 ** (attempt - 1)
        return min(self.longest_pause, grown * random.uniform(0.75, 1.25))  # noqa: S311  jitter needs no secure generator


def _is_transient(outcome: Outcome) -> bool:
    if isinstance(outcome, httpx.TransportError):
        return not isinstance(outcome, httpx.UnsupportedProtocol)
    if outcome.status_code == _CONFLICT:  # the first request with this key is still being processed
        return "idempotency-in-flight" in outcome.text
    return outcome.status_code in _RETRIED
