"""Counts of one worker on their way into the database, and the limit of how many entries there are.

A worker counts in memory and writes every two seconds, so that a stage costs no write of its own for it. What a killed
worker counted in its last two seconds is lost.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.store.database import Database, DatabaseUnavailable
from gateway.store.results import entries, usage
from gateway.store.results.usage import Key, Usage
from imgdiff.jobs import StageName

_log = logging.getLogger(__name__)
_WRITE_SECONDS = 2.0  # between two writes; chosen, not measured
_EVICT_SECONDS = 20.0  # between two looks at how many entries there are; chosen, not measured
_EVICTED_AT_ONCE = 1000  # entries that one transaction deletes; chosen, not measured


@dataclass
class Ledger:
    """`count` and `use` note what happened, `write` stores it; `start` does so again and again until `close`."""

    database: Database
    most: int
    _counted: defaultdict[Key, Usage] = field(default_factory=lambda: defaultdict(Usage))
    _used: set[str] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def count(self, name: StageName, tenant: str, usage: Usage) -> None:
        """Add to the counts of a name and tenant."""
        with self._guard:
            self._counted[name, tenant] += usage

    def use(self, fingerprint: str) -> None:
        """Note that an entry was used."""
        with self._guard:
            self._used.add(fingerprint)

    def start(self) -> None:
        """Write from now on, in a thread."""
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write the rest."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    def write(self) -> None:
        """Store what was noted since the last write."""
        with self._guard:
            counted, used = self._counted, self._used
            self._counted, self._used = defaultdict(Usage), set()
        if not counted:
            return
        try:
            with self.database.writing() as session:
                usage.add(session, counted)
                entries.mark_used(session, used, datetime.now(UTC))
        except DatabaseUnavailable:
            for (name, tenant), more in counted.items():
                self.count(name, tenant, more)
            for one in used:
                self.use(one)

    def evict(self) -> None:
        """Delete the entries beyond the limit, those that were used least recently, in small transactions."""
        with self.database.reading() as session:
            over = entries.count(session) - self.most
        while over > 0:
            with self.database.writing() as session:
                gone = entries.evict(session, min(over, _EVICTED_AT_ONCE))
                usage.add(session, {key: Usage(evicted=number) for key, number in gone.items()})
            over = over - gone.total() if gone else 0

    def _run(self) -> None:
        evicted = time.monotonic()
        while not self._closing.wait(_WRITE_SECONDS):
            self._keep(self.write)
            if time.monotonic() - evicted >= _EVICT_SECONDS:
                evicted = time.monotonic()
                self._keep(self.evict)
        self._keep(self.write)

    def _keep(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception:  # noqa: BLE001  whatever it is, the next one must come
            _log.warning("the cache of results could not be kept", exc_info=True)
