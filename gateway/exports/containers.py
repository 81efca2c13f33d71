"""The files of an export as one stream of bytes: a tar or a zip archive. The same files give the same bytes."""

import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from itertools import chain

from gateway.exports.files import ExportFile, Piece

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that zip can express
_MODE = 0o644
_LARGE = 8**11  # bytes that a header without an extension cannot state


class Container(StrEnum):
    """How the files of an export travel."""

    NONE = "none"
    TAR = "tar"
    ZIP = "zip"


MEDIA_TYPES = {Container.TAR: "application/x-tar", Container.ZIP: "application/zip"}


def write_tar(
    files: Iterable[ExportFile],
    folder: str | None = None,
    start: int = 0,
    explain: Callable[[Exception], ExportFile] | None = None,
) -> Iterator[Piece]:
    """A POSIX tar archive of the files under `folder`, from the byte `start`; contents before it are not read.

    A failure between two files, or before the first bytes of one, adds the file that explains it; then it is raised,
    so that the archive has no end.
    """
    at, begun = 0, False
    try:
        for file in files:
            header = _tar_header(file, folder)
            end = at + len(header) + file.size + len(_padding(file))
            if end > start:
                member = _write_member(header, file)
                first = next(member)  # a file that cannot be read has no header
                begun = True
                yield from skip(chain((first,), member), start - at)
                begun = False
            at = end
    except Exception as error:
        if explain is not None and not begun:
            last = explain(error)
            yield from skip(_write_member(_tar_header(last, folder), last), start - at)
        raise
    yield from skip((_tar_end(at),), start - at)


def _write_member(header: bytes, file: ExportFile) -> Iterator[Piece]:
    contents = _contents(file)
    first = next(contents, b"")
    yield header
    yield first
    yield from contents
    yield _padding(file)


def tar_size(files: Iterable[ExportFile], folder: str | None = None) -> int:
    """The bytes of `write_tar`, without a look at contents."""
    at = sum(_header_size(file, folder) + file.size + len(_padding(file)) for file in files)
    return at + len(_tar_end(at))


def _padding(file: ExportFile) -> bytes:
    return bytes(-file.size % tarfile.BLOCKSIZE)


def _tar_end(at: int) -> bytes:
    """Two empty blocks, and as many as fill up tarfile's record."""
    blocks = 2 * tarfile.BLOCKSIZE
    return bytes(blocks + -(at + blocks) % tarfile.RECORDSIZE)


def _header_size(file: ExportFile, folder: str | None) -> int:
    path = file.path if folder is None else f"{folder}/{file.path}"
    if path.isascii() and len(path) <= tarfile.LENGTH_NAME and file.size < _LARGE:
        return tarfile.BLOCKSIZE
    return len(_tar_header(file, folder))


def _tar_header(file: ExportFile, folder: str | None) -> bytes:
    entry = tarfile.TarInfo(file.path if folder is None else f"{folder}/{file.path}")
    entry.size, entry.mode = file.size, _MODE
    return entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


def write_zip(files: Iterable[ExportFile], folder: str) -> Iterator[Piece]:
    """A zip archive of the files under `folder`; nothing is compressed, since images are already."""
    stream = _Unseekable()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(f"{folder}/{file.path}", _ZIP_TIME)
            entry.file_size, entry.external_attr = file.size, _MODE << 16
            with archive.open(entry, "w") as member:
                for piece in file.read():
                    member.write(piece)
                    yield from stream.take()
            yield from stream.take()
    yield from stream.take()


def skip(pieces: Iterable[Piece], count: int) -> Iterator[Piece]:
    """The pieces without their first `count` bytes."""
    for piece in pieces:
        rest = piece[max(0, count) :]
        count -= len(piece)
        if rest:
            yield rest


def _contents(file: ExportFile) -> Iterator[Piece]:
    """The bytes of a file; raises ValueError if they are not as many as stated, so that the archive has no end."""
    left = file.size
    for piece in file.read():
        left -= len(piece)
        yield piece
    if left:
        raise ValueError(f"{file.path} has {file.size - left} bytes, not {file.size}")


class _Unseekable:
    """A stream that zipfile writes to, emptied as it grows."""

    def __init__(self) -> None:
        self._written: list[Piece] = []

    def write(self, data: Piece) -> int:
        self._written.append(data)  # of a file, or a header: neither changes afterwards
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""

    def take(self) -> list[Piece]:
        """What was written since the last call."""
        taken, self._written = self._written, []
        return taken
