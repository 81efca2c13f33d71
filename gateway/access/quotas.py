"""How much each tenant may use: requests a minute, and bytes of bodies a day.

A key may have a quota of its own, which then holds for it instead of its tenant's: what it uses counts to itself alone.
Requests are counted by each process for itself, in a bucket that fills evenly: two processes let through twice as many.
Bytes are added up over all processes every two seconds: a tenant can exceed its day by what it sends in that time.
"""

import asyncio
import contextlib
import logging
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta

from gateway.access.principal import JobLimit
from gateway.store.access import quotas
from gateway.store.access.quotas import Quota
from gateway.store.database import Database, DatabaseUnavailable
from imgdiff.errors import QuotaExceeded

_log = logging.getLogger(__name__)
_READ_SECONDS = 2.0  # between two reads of quotas and bytes, so that either is that late; chosen, not measured
_MINUTE, _DAY = 60, 86_400  # seconds


@dataclass(frozen=True)
class Limit:
    """One policy as the RateLimit fields show it; `reset` is in seconds, `unit` as the draft registers it."""

    policy: str
    quota: int
    remaining: int
    reset: int | None = None
    window: int | None = None
    unit: str = "requests"

    def refuse(self, detail: str) -> QuotaExceeded:
        """The error of a request beyond this limit."""
        return QuotaExceeded(detail, retry_after=max(1, self.reset or 1), headers=headers([self]))


def headers(limits: list[Limit]) -> dict[str, str]:
    """The fields of draft-ietf-httpapi-ratelimit-headers-10; none without limits."""
    if not limits:
        return {}
    policies, states = [], []
    for one in limits:
        unit = "" if one.unit == "requests" else f';qu="{one.unit}"'
        policies.append(f'"{one.policy}";q={one.quota}{unit}' + ("" if one.window is None else f";w={one.window}"))
        states.append(f'"{one.policy}";r={one.remaining}' + ("" if one.reset is None else f";t={one.reset}"))
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}


@dataclass
class _Bucket:
    """Requests that an account may still send, at a time in monotonic seconds."""

    left: float
    at: float


@dataclass
class Meter:
    """What the accounts of one process have used; `defaults` hold where a tenant has no quota of its own."""

    database: Database
    defaults: Quota
    clock: Callable[[], float] = time.monotonic
    _own: dict[str, Quota] = field(default_factory=dict)
    _buckets: dict[str, _Bucket] = field(default_factory=dict)
    _day: date = date.min
    _stored: dict[str, int] = field(default_factory=dict)  # bytes of the day, by all processes
    _storing: Counter[str] = field(default_factory=Counter)  # bytes that are on their way into the database
    _sent: Counter[str] = field(default_factory=Counter)  # bytes since then

    async def run(self, stopping: asyncio.Event) -> None:
        """Add up bytes and read quotas again and again until `stopping` is set, and once more then."""
        while not stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), _READ_SECONDS)
            await self.settle()

    async def settle(self) -> None:
        """Store the bytes that were sent, and read the quotas and what all processes have stored."""
        self._storing, self._sent = self._storing + self._sent, Counter()
        today = datetime.now(UTC).date()
        try:
            if self._storing:
                await asyncio.to_thread(self._store, today)
                self._storing = Counter()
            self._own, self._stored = await asyncio.to_thread(self._read, today)
            self._day = today
        except DatabaseUnavailable:
            _log.warning("quotas could not be read; the next attempt follows", exc_info=True)

    def _store(self, day: date) -> None:
        with self.database.writing() as session:
            quotas.add_bytes(session, day, self._storing)

    def _read(self, day: date) -> tuple[dict[str, Quota], dict[str, int]]:
        with self.database.reading() as session:
            return quotas.read_all(session), quotas.read_bytes(session, day)

    def quota(self, tenant: str) -> Quota:
        """What a tenant may use, but for keys that have quotas of their own."""
        own = self._own.get(tenant)
        if own is None:
            return self.defaults
        names = (one.name for one in fields(Quota))
        return Quota(*(getattr(self.defaults if getattr(own, name) is None else own, name) for name in names))

    def count_request(self, tenant: str, key: str | None = None) -> dict[str, str]:
        """Count one request; the header fields that show what is left. Raises QuotaExceeded."""
        limits: list[Limit] = []
        account, allowed = self._allowed(tenant, key, "requests_per_minute")
        if allowed is not None:
            limits.append(self._take(account, allowed))
        account, allowed = self._allowed(tenant, key, "upload_bytes_per_day")
        if allowed is not None:
            limits.append(self._bytes_left(account, allowed))
        return headers(limits)

    def count_bytes(self, tenant: str, size: int, key: str | None = None) -> None:
        """Count a part of a body; raises QuotaExceeded when the day's bytes are used up."""
        account, allowed = self._allowed(tenant, key, "upload_bytes_per_day")
        self._sent[account] += size
        if allowed is not None and size and self._used(account) > allowed:
            who = quotas.name_of(account)
            detail = f"{who} may send {allowed} bytes a day, UTC; go on tomorrow, or ask for more"
            raise self._bytes_left(account, allowed).refuse(detail)

    def job_limit(self, tenant: str, key: str | None = None) -> JobLimit:
        """How many unfinished jobs whoever sends a request may have outside of batches."""
        account, most = self._allowed(tenant, key, "unfinished_jobs")
        return JobLimit(quotas.name_of(account), most, None if account == tenant else account)

    def _allowed(self, tenant: str, key: str | None, name: str) -> tuple[str, int | None]:
        """The account that a request counts to, its key's or its tenant's, and how much that may use."""
        if key is not None:
            own = self._own.get(quotas.account_of(key))
            if own is not None and getattr(own, name) is not None:
                return quotas.account_of(key), getattr(own, name)
        return tenant, getattr(self.quota(tenant), name)

    def _take(self, account: str, quota: int) -> Limit:
        now, rate = self.clock(), quota / _MINUTE
        bucket = self._buckets.setdefault(account, _Bucket(quota, now))
        bucket.left, bucket.at = min(quota, bucket.left + (now - bucket.at) * rate), now
        allowed = bucket.left >= 1
        bucket.left -= allowed
        remaining = math.floor(bucket.left)
        limit = Limit("requests", quota, remaining, math.ceil((remaining + 1 - bucket.left) / rate), _MINUTE)
        if not allowed:
            who = quotas.name_of(account)
            raise limit.refuse(f"{who} may send {quota} requests a minute; wait {limit.reset} s")
        return limit

    def _bytes_left(self, account: str, allowed: int) -> Limit:
        now = datetime.now(UTC)
        midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        left, reset = max(0, allowed - self._used(account)), math.ceil((midnight - now).total_seconds())
        return Limit("upload-bytes", allowed, left, reset, _DAY, "content-bytes")

    def _used(self, account: str) -> int:
        """Bytes of today; those of yesterday end with it, also before the next read."""
        stored = self._stored.get(account, 0) if self._day == datetime.now(UTC).date() else 0
        return stored + self._storing[account] + self._sent[account]
