"""A mark below a prefix that tells who writes there, and lapses where its owner no longer renews it.

A store has no locks that end with a process. So the owner renews its mark from time to time, by the store's clock; an
older one belongs to nobody. An owner that was suspended for longer finds out that it has lost the prefix before it
writes on.
"""

import os
import socket
import threading
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Self

from pydantic import ValidationError

from imgdiff.buckets.bucket import Bucket
from imgdiff.errors import Conflict
from imgdiff.frozen import Frozen

LEASE = ".imgdiff-writer.json"
LEASE_SECONDS = 60.0  # after which a mark that was not renewed lapses; chosen, not measured
_RENEW_SECONDS = 10.0  # so that five renewals may fail; chosen, not measured


class Writer(Frozen):
    """Who writes below a prefix; `renewed_at` is by the store's clock."""

    owner: str
    host: str
    process: int
    renewed_at: datetime


class Lease:
    """Holds a prefix until it is left. A context manager; raises Conflict on entry while another one holds it.

    A mark that was not renewed for `seconds` holds nothing.
    """

    def __init__(self, bucket: Bucket, seconds: float = LEASE_SECONDS) -> None:
        self._bucket, self._seconds, self._owner = bucket, seconds, uuid.uuid4().hex
        self._renewed = 0.0  # on the monotonic clock
        self._lost = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="imgdiff-lease", daemon=True)

    def __enter__(self) -> Self:
        self._renew(first=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        with suppress(Exception):  # it lapses in any case
            writer = _parse(self._bucket.read(LEASE))
            if writer is not None and writer.owner == self._owner:
                self._bucket.delete(LEASE)

    def check(self) -> None:
        """Raise Conflict where another one writes here meanwhile."""
        if not self._lost and time.monotonic() - self._renewed > self._seconds:
            self._renew()
        if self._lost:
            raise Conflict(f"another process has taken over {self._bucket.address} meanwhile; this one stops")

    def _keep(self) -> None:
        while not self._lost and not self._ended.wait(_RENEW_SECONDS):
            with suppress(Exception):  # the next renewal may succeed, and `check` sees when none did
                self._renew()

    def _renew(self, *, first: bool = False) -> None:
        found = self._bucket.find(LEASE)
        writer = _parse(found.content)
        if first and writer is not None:
            lapses = writer.renewed_at + timedelta(seconds=self._seconds)
            if found.at < lapses:
                raise _held(self._bucket, writer, lapses)
        self._lost = not first and (writer is None or writer.owner != self._owner)
        if self._lost:
            return
        mark = Writer(owner=self._owner, host=socket.gethostname(), process=os.getpid(), renewed_at=found.at)
        content = mark.model_dump_json(indent=1).encode()
        written = (
            self._bucket.create(LEASE, content)
            if found.tag is None
            else self._bucket.replace(LEASE, content, found.tag)  # two may have found the same mark lapsed
        )
        if not written and first:
            raise Conflict(f"another process begins an export to {self._bucket.address}; wait, or name another prefix")
        self._lost = not written
        self._renewed = time.monotonic()


def _parse(found: bytes | None) -> Writer | None:
    """The writer; None where there is no mark, or a broken one."""
    if found is None:
        return None
    try:
        return Writer.model_validate_json(found)
    except ValidationError:
        return None


def _held(bucket: Bucket, writer: Writer, lapses: datetime) -> Conflict:
    return Conflict(
        f"process {writer.process} of {writer.host} writes an export to {bucket.address}; wait until it ends, or name "
        f"another prefix. If it was killed, its mark {LEASE} lapses at {lapses.astimezone(UTC):%H:%M:%S} UTC"
    )
