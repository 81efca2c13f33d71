"""When a request is sent again and after how long; bounded, and never against the server's word."""

import random
from dataclasses import dataclass

import httpx

from imgdiff.client.failures import Outcome, retry_after

_RETRIED = frozenset({429, 502, 503, 504})
_CONFLICT = 409


@dataclass(frozen=True)
class Retries:
    """Every request of the client may be sent twice: GET and DELETE by nature, POST by its Idempotency-Key."""

    attempts: int = 5
    connect_attempts: int = 3  # nobody listens: that rarely mends itself
    first_pause: float = 0.25
    longest_pause: float = 60.0

    def pause(self, attempt: int, outcome: Outcome) -> float | None:
        """Seconds before attempt + 1 (attempts count from 1); None when this outcome stands."""
        allowed = (
            min(self.attempts, self.connect_attempts) if isinstance(outcome, httpx.ConnectError) else self.attempts
        )
        if attempt >= allowed or not _may_pass(outcome):
            return None
        asked = retry_after(outcome) if isinstance(outcome, httpx.Response) else None
        if asked is not None:
            return asked if asked <= self.longest_pause else None
        grown = self.first_pause * 2.0 ** (attempt - 1)
        return min(self.longest_pause, grown * random.uniform(0.75, 1.25))  # noqa: S311  spreads clients, hides nothing


def _may_pass(outcome: Outcome) -> bool:
    if isinstance(outcome, httpx.TransportError):
        return not isinstance(outcome, httpx.UnsupportedProtocol)
    if outcome.status_code == _CONFLICT:  # the first request with our own key is still being answered
        return "idempotency-in-flight" in outcome.text
    return outcome.status_code in _RETRIED
