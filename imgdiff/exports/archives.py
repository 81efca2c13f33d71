"""A tar archive that arrives as chunks of bytes, read file by file, with the offset to resume at."""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from imgdiff.errors import InvalidRequest, ServiceUnavailable

_BUFFER = 2**20  # bytes that tarfile asks for at a time; a stream may give fewer; chosen, not measured
_END = bytes(2 * tarfile.BLOCKSIZE)


@dataclass(frozen=True)
class Member:
    """A file of an archive: its path below the archive's one folder, its content, and the offset after it."""

    path: PurePosixPath
    size: int
    content: IO[bytes]
    end: int


def read_members(chunks: Iterator[bytes], start: int) -> Iterator[Member]:
    """The files of an archive whose bytes from `start` on arrive; each must be read before the next.

    Raises InvalidRequest for paths that leave the folder and for anything but files, ServiceUnavailable where the
    archive ends too early.
    """
    stream = _Stream(chunks)
    try:
        with tarfile.open(fileobj=stream, mode="r|", bufsize=_BUFFER) as archive:
            for entry in archive:
                content = archive.extractfile(entry) if entry.isreg() else None
                if content is None:
                    raise InvalidRequest(f"{entry.name} in the export is not a file")
                blocks = -(-entry.size // tarfile.BLOCKSIZE)
                end = start + entry.offset_data + blocks * tarfile.BLOCKSIZE
                yield Member(_relative(entry.name), entry.size, content, end)
    except tarfile.ReadError as error:
        raise ServiceUnavailable(f"the export ended too early: {error}") from error
    stream.read_to_end()


def _relative(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or len(path.parts) < 2 or "\\" in name:
        raise InvalidRequest(f"{name!r} in the export is not a path inside its folder")
    return PurePosixPath(*path.parts[1:])


class _Stream(io.RawIOBase):
    """Chunks as a file that can only be read forwards; raises ServiceUnavailable where the end mark lacks.

    What arrived before a failure is read first: an export that fails has its problem as the last file.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest, self._last = filter(None, chunks), b"", b""
        self._failure: ServiceUnavailable | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        """What has arrived, at most `size` bytes of it; nothing at the end."""
        taken = self._rest or self._next()
        if size is not None and 0 <= size < len(taken):
            taken, self._rest = taken[:size], taken[size:]
        else:
            self._rest = b""
        if taken:
            self._last = (self._last + taken[-len(_END) :])[-len(_END) :]
        elif self._last != _END:
            raise self._failure or ServiceUnavailable("the export ended too early")
        return taken

    def _next(self) -> bytes:
        try:
            return next(self._chunks, b"")
        except ServiceUnavailable as failure:
            self._failure = failure
            return b""

    def read_to_end(self) -> None:
        """Read what is left, a little at a time."""
        while self.read(_BUFFER):
            pass
