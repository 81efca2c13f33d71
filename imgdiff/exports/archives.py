"""A tar archive that arrives as chunks of bytes, read file by file, with the offset to resume at."""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Protocol, cast

from imgdiff.errors import InvalidRequest, ServiceUnavailable

_TOO_EARLY = "the export ended too early"


class Content(Protocol):
    """The bytes of a file."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most `size`, or all that are left; nothing at the end."""


@dataclass(frozen=True)
class Member:
    """A file of an archive: its path below the archive's one folder, its content, and the offset after it."""

    path: PurePosixPath
    size: int
    content: Content
    end: int


def read_members(chunks: Iterator[bytes], start: int) -> Iterator[Member]:
    """The files of an archive whose bytes from `start` on arrive; each must be read before the next.

    Raises InvalidRequest for paths that leave the folder and for anything but files, ServiceUnavailable where the
    archive ends too early.
    """
    stream = _Stream(chunks)
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r:") as archive:
            while entry := archive.next():
                archive.members.clear()  # type: ignore[attr-defined]  # else it keeps every entry
                if not entry.isreg():
                    raise InvalidRequest(f"{entry.name} in the export is not a file")
                blocks = -(-entry.size // tarfile.BLOCKSIZE)
                end = start + entry.offset_data + blocks * tarfile.BLOCKSIZE
                yield Member(_relative(entry.name), entry.size, _Content(stream, entry.size), end)
    except tarfile.ReadError as error:
        raise ServiceUnavailable(f"{_TOO_EARLY}: {error}") from error
    stream.finish()


def _relative(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or len(path.parts) < 2 or "\\" in name:
        raise InvalidRequest(f"{name!r} in the export is not a path inside its folder")
    return PurePosixPath(*path.parts[1:])


class _Stream:
    """Chunks as a file that can only be read forwards; raises ServiceUnavailable where they end too early.

    tarfile reads headers here, but no contents, which it would copy several times.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest, self._at = filter(None, chunks), b"", 0
        self._block = b""  # what was read last: at the end, the first empty block

    def take(self, size: int) -> bytes:
        """What has arrived, at least a byte and at most `size`."""
        arrived = self._rest or next(self._chunks, b"")
        if not arrived:
            raise ServiceUnavailable(_TOO_EARLY)
        taken, self._rest = arrived[:size], arrived[size:]
        self._at += len(taken)
        return taken

    def read(self, size: int, /) -> bytes:
        """The next `size` bytes."""
        pieces: list[bytes] = []
        while size > 0:
            pieces.append(self.take(size))
            size -= len(pieces[-1])
        self._block = b"".join(pieces)
        return self._block

    def tell(self) -> int:
        """The offset of the next byte."""
        return self._at

    def seek(self, offset: int, /) -> int:
        """Go forwards."""
        while self._at < offset:
            self.take(offset - self._at)
        return self._at

    def finish(self) -> None:
        """Read the end of the archive: two empty blocks or more. tarfile takes a broken header for the first one."""
        arrived, length = self._block, -tarfile.BLOCKSIZE
        while arrived:
            if arrived.strip(b"\0"):
                raise ServiceUnavailable("the export is broken: a file has no header")
            length += len(arrived)
            arrived, self._rest = self._rest or next(self._chunks, b""), b""
        if length < tarfile.BLOCKSIZE:
            raise ServiceUnavailable(_TOO_EARLY)


class _Content:
    """See `Content`."""

    def __init__(self, stream: _Stream, size: int) -> None:
        self._stream, self._left = stream, size

    def read(self, size: int = -1, /) -> bytes:
        wanted = min(size, self._left)
        found = b"" if wanted == 0 else self._stream.take(wanted) if size > 0 else self._stream.read(self._left)
        self._left -= len(found)
        return found
