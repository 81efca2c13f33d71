"""All keys of a gateway in memory, so that a request costs no query, whoever sends it.

The keys are read again every two seconds: so long a revoked key still works. While the database does not answer they
stay valid for ten seconds after they were last read; then nobody comes in.
"""

import asyncio
import hmac
import logging
import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.access.key_text import parse
from gateway.access.principal import OPEN, Principal, Scope
from gateway.store.access import keys
from gateway.store.access.keys import StoredKey
from gateway.store.database import Database, DatabaseUnavailable
from imgdiff.errors import ServiceUnavailable, Unauthorized

_log = logging.getLogger(__name__)
_READ_SECONDS = 2.0  # between two reads, and so the longest that a revoked key works; chosen, not measured
_STALE_SECONDS = 10.0  # after which keys that could not be read again count no more; chosen, not measured
_UNKNOWN_SECONDS = 0.1  # between two reads for the sake of unknown ids, which anybody may send; chosen, not measured
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(\S+)")
_NOBODY = "0" * 64  # compared with where there is no such key, so that it takes as long


@dataclass
class KeyRing:
    """`identify` names the sender of a request; `run` keeps the keys up to date until it is stopped."""

    database: Database
    _keys: dict[str, StoredKey] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _read_at: float = -math.inf  # monotonic seconds
    _reading: asyncio.Task[None] | None = None
    _noting: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether there has never been a key."""
        return not self._keys

    async def run(self, stopping: asyncio.Event) -> None:
        """Read the keys and note which were used, again and again until `stopping` is set."""
        while not stopping.is_set():
            try:
                await asyncio.wait_for(stopping.wait(), _READ_SECONDS)
            except TimeoutError:
                self._note_uses()
                try:
                    await self._renew()
                except ServiceUnavailable as error:
                    _log.warning("%s", error.detail)

    async def identify(self, authorization: Sequence[str]) -> Principal:
        """Who sends a request with these Authorization headers; raises Unauthorized, or ServiceUnavailable.

        Everybody is OPEN while there has never been a key.
        """
        if self._age() > _STALE_SECONDS:
            await self._renew()
        if self.is_open:
            return OPEN
        given = parse(_bearer(authorization))
        if given.id not in self._keys:
            await self._look_again()
        stored = self._keys.get(given.id)
        right = hmac.compare_digest(given.hash, _NOBODY if stored is None else stored.hash)
        if stored is None or not right:
            raise Unauthorized("there is no such API key")
        _refuse_ended(stored)
        self._used.add(stored.id)
        return Principal(stored.tenant, stored.id, frozenset(one for one in Scope if one in stored.scopes))

    def read(self) -> None:
        """Read all keys now."""
        began = time.monotonic()
        with self.database.reading() as session:
            self._keys = {key.id: key for key in keys.read_all(session)}
        self._read_at = began

    def _note_uses(self) -> None:
        """Write down which keys were used; a database that takes no writes holds up nobody."""
        if self._used and (self._noting is None or self._noting.done()):
            self._noting = asyncio.create_task(asyncio.to_thread(self._write_uses))

    def _write_uses(self) -> None:
        used, self._used = self._used, set()
        try:
            with self.database.writing() as session:
                keys.mark_used(session, used, datetime.now(UTC))
        except DatabaseUnavailable:
            self._used |= used

    async def _look_again(self) -> None:
        """Read keys that may be newer than the last read; all who ask for unknown ones wait for the same read."""
        asked = time.monotonic()
        while self._read_at < asked:
            await asyncio.sleep(max(0.0, _UNKNOWN_SECONDS - self._age()))
            await self._renew()

    async def _renew(self) -> None:
        """Read the keys; callers at the same time share one read."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(asyncio.to_thread(self.read))
        try:
            await asyncio.shield(self._reading)
        except Exception as error:
            raise ServiceUnavailable("the API keys could not be read; try again", retry_after=1) from error

    def _age(self) -> float:
        return time.monotonic() - self._read_at


def _bearer(authorization: Sequence[str]) -> str:
    if not authorization:
        raise Unauthorized("send an API key as `Authorization: Bearer KEY`; `imgdiff keys create` makes one")
    match = _BEARER.fullmatch(authorization[0]) if len(authorization) == 1 else None
    if match is None:
        raise Unauthorized("the header must be one `Authorization: Bearer KEY`")
    return match[1]


def _refuse_ended(key: StoredKey) -> None:
    """Its owner, who alone gets here, may know why it no longer works."""
    if key.revoked_at is not None:
        raise Unauthorized(f"the API key {key.id} ({key.name}) was revoked")
    if key.expires_at is not None and key.expires_at <= datetime.now(UTC):
        raise Unauthorized(f"the API key {key.id} ({key.name}) expired at {key.expires_at:%Y-%m-%d %H:%M} UTC")
