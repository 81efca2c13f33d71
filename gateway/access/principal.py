"""Who sends a request: a tenant, by one of its keys, with what that key allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from imgdiff.requests.names import DEFAULT_TENANT


class Scope(StrEnum):
    """What a key allows; none includes another."""

    READ = "read"  # everything that changes nothing
    WRITE = "write"  # upload, submit and cancel jobs and batches, create datasets, versions and donors
    REVIEW = "review"  # judge records
    ADMIN = "admin"  # delete, prune, dead letters, webhooks
    METRICS = "metrics"  # read /metrics, which counts what all tenants do


@dataclass(frozen=True)
class Principal:
    """Who sends a request; `key` is the public id of the key, null while the gateway is open."""

    tenant: str
    key: str | None
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Whether the key has this scope."""
        return scope in self.scopes


OPEN = Principal(tenant=DEFAULT_TENANT, key=None, scopes=frozenset(Scope))
"""Everybody, while the gateway has no keys."""


class Doorkeeper(Protocol):
    """Names who sends a request."""

    async def identify(self, authorization: Sequence[str]) -> Principal:
        """The sender by its Authorization headers; raises Unauthorized, or ServiceUnavailable."""


@dataclass(frozen=True)
class JobLimit:
    """How many unfinished jobs may be there outside of batches, null for any number, and whose, for a sentence.

    `account` is that of a key with such a quota of its own; null for a tenant's, to which the jobs of all others count.
    """

    whose: str
    most: int | None = None
    account: str | None = None


class Accountant(Protocol):
    """Counts what tenants use, or keys with quotas of their own; `key` is the id of the key that was sent."""

    def count_request(self, tenant: str, key: str | None = None) -> Mapping[str, str]:
        """Count one request; the header fields that show what is left. Raises QuotaExceeded."""

    def count_bytes(self, tenant: str, size: int, key: str | None = None) -> None:
        """Count a part of a body; raises QuotaExceeded."""

    def job_limit(self, tenant: str, key: str | None = None) -> JobLimit:
        """How many unfinished jobs whoever sends a request may have outside of batches."""


NOBODY = Principal(tenant=DEFAULT_TENANT, key=None, scopes=frozenset())
"""The sender of a request that needs no key."""

IN_SCOPE = "imgdiff.principal"
"""Where the ASGI scope of a request has its principal."""
