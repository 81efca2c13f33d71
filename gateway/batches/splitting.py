"""A stream of bytes split into lines, in memory that is bounded whatever the length of a line."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class RawLine:
    """One line. `size` counts all its bytes, the newline too; `content` is None where they are more than the limit.

    `digest` is chained: it depends on this line and all before it.
    """

    content: bytes | None
    size: int
    digest: str


class LineSplitter:
    """Splits what it is fed; `digest` is that of the line before the first one."""

    def __init__(self, limit: int, digest: str = "") -> None:
        self._limit = limit
        self._begin(digest)

    def feed(self, data: bytes) -> Iterator[RawLine]:
        """The lines that end in `data`."""
        *whole, rest = data.split(b"\n")
        for piece in whole:
            self._take(piece + b"\n")
            yield self._end()
        self._take(rest)

    def finish(self) -> Iterator[RawLine]:
        """What follows the last newline, if anything does."""
        if self._size:
            yield self._end()

    def _begin(self, digest: str) -> None:
        self._kept: list[bytes] = []
        self._size = 0
        self._hash = hashlib.sha256(digest.encode())

    def _take(self, piece: bytes) -> None:
        self._size += len(piece)
        self._hash.update(piece)
        if self._size <= self._limit:
            self._kept.append(piece)
        else:
            self._kept.clear()

    def _end(self) -> RawLine:
        content = b"".join(self._kept) if self._size <= self._limit else None
        line = RawLine(content, self._size, self._hash.hexdigest())
        self._begin(line.digest)
        return line
