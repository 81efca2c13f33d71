"""An export into a bucket: files below a prefix that go on after an interruption, or one file.

While files are missing, the prefix has `.imgdiff-export.json`; `.imgdiff-complete.json` is written last of all.
`.imgdiff-writer.json` is there while a process writes.
"""

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Self

from imgdiff.buckets.bucket import CONNECTIONS, Bucket, open_bucket
from imgdiff.buckets.leases import LEASE, Lease
from imgdiff.client import Client
from imgdiff.errors import InvalidRequest
from imgdiff.exports.archives import Member
from imgdiff.exports.receiving import STATE, OnBytes, Receiver, Wanted, not_left

COMPLETE = ".imgdiff-complete.json"
_IN_PARTS = 8 * 2**20  # bytes of a file beyond which it is sent in parts, not held in memory; chosen, not measured
_KEEP_SECONDS = 5.0  # between two notes of the state, before which all uploads under way end; chosen, not measured
_PIECE_BYTES = 2**20  # of a file read at a time; chosen, not measured


def export_to_prefix(client: Client, wanted: Wanted, address: str, on_bytes: OnBytes) -> int:
    """Write the files of an export below a prefix with nothing in it; returns their number.

    The next call for the same export goes on where it was interrupted. Raises InvalidRequest where the prefix has
    anything else, Conflict while another process exports to it, ServiceUnavailable where the store cannot be reached,
    NotFound where there is no such bucket.
    """
    with open_bucket(address) as bucket:
        if not bucket.address.prefix:
            raise InvalidRequest(f"{bucket.address} has no prefix; write s3://BUCKET/PREFIX")
        with Lease(bucket) as lease, _Prefix(bucket, lease) as target:
            received = Receiver(client, wanted, target, on_bytes).run()
            target.settle()
            lease.check()
            bucket.put(COMPLETE, received.model_dump_json(indent=1).encode())
            bucket.delete(STATE)
    return received.files


def export_to_object(pieces: Iterator[bytes], address: str, expected: int, on_bytes: OnBytes) -> int:
    """Write one file to a bucket; it appears when it is whole. Returns its bytes; `expected` is an estimate."""
    folder, _, name = address.rstrip("/").rpartition("/")
    stream = _Stream(pieces, on_bytes)
    with open_bucket(folder) as bucket, ThreadPoolExecutor(1) as pool:
        _join(pool.submit(bucket.upload, name, stream, expected), stream)
    return stream.count


class _Prefix:
    """The prefix of an export. Small files are sent side by side; on exit all uploads have ended."""

    def __init__(self, bucket: Bucket, lease: Lease) -> None:
        self._bucket, self._lease = bucket, lease
        self.name = str(bucket.address)
        self._pool = ThreadPoolExecutor(CONNECTIONS)
        self._under_way: deque[Future[None]] = deque()
        self._state: str | None = None
        self._kept_at = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._pool:
            self.settle()

    def load(self) -> bytes | None:
        if self._bucket.is_empty(but=LEASE):
            return None
        if self._bucket.read(COMPLETE) is not None:
            raise InvalidRequest(f"{self.name} has a complete export; name a new prefix, or remove it first")
        state = self._bucket.read(STATE)
        if state is None:
            raise not_left(self.name)
        self._bucket.abort_uploads()
        return state

    def keep(self, state: str) -> None:
        self._state = state
        if time.monotonic() - self._kept_at >= _KEEP_SECONDS:
            self.settle()

    def write(self, member: Member) -> None:
        self._lease.check()
        if member.size > _IN_PARTS:
            stream = _Stream(iter(lambda: member.content.read(_PIECE_BYTES), b""))
            _join(self._pool.submit(self._bucket.upload, str(member.path), stream, member.size), stream)
            return
        content = member.content.read()
        while len(self._under_way) >= CONNECTIONS:
            self._join_oldest()
        self._under_way.append(self._pool.submit(self._bucket.put, str(member.path), content))

    def clear(self) -> None:
        self._state = None
        self.settle()
        self._bucket.clear(last=STATE, but=LEASE)  # which lets an interrupted removal go on
        self._kept_at = float("-inf")

    def settle(self) -> None:
        """Wait for the uploads, then note the state that they have led to; raises the error of one that failed.

        Raises Conflict where another process has taken over the prefix.
        """
        while self._under_way:
            self._join_oldest()
        if self._state is not None:
            self._lease.check()
            self._bucket.put(STATE, self._state.encode())
            self._state, self._kept_at = None, time.monotonic()

    def _join_oldest(self) -> None:
        """Wait for one upload; it stays in the line where it failed or the wait was interrupted."""
        self._under_way[0].result()
        self._under_way.popleft()


class _Stream:
    """Pieces as a file that is read forwards, until somebody stops it."""

    def __init__(self, pieces: Iterator[bytes], on_bytes: OnBytes = lambda *_: None) -> None:
        self._pieces, self._rest, self._on_bytes = pieces, b"", on_bytes
        self._stopped = False
        self.count = 0

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; all of them where no size is given."""
        pieces, length = [self._rest], len(self._rest)
        while (size < 0 or length < size) and (piece := next(self._pieces, b"")):
            if self._stopped:
                raise InterruptedError("the upload was stopped")
            pieces.append(piece)
            length += len(piece)
            self.count += len(piece)
            self._on_bytes(self.count, 0)
        found = b"".join(pieces)
        taken = found if size < 0 else found[:size]
        self._rest = found[len(taken) :]
        return taken

    def stop(self) -> None:
        """Let the next read fail."""
        self._stopped = True


def _join(upload: Future[None], stream: _Stream) -> None:
    """Wait for an upload in parts; interrupted, it is stopped and its parts are deleted first."""
    try:
        upload.result()
    except BaseException:
        stream.stop()
        wait([upload])
        raise
