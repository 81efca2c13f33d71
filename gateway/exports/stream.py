"""An export as bytes: which files, in which container, from which byte, and the tag that identifies them."""

import hashlib
import json
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from itertools import groupby
from typing import Protocol

from gateway.exports import containers
from gateway.exports.containers import Container
from gateway.exports.files import ExportFile, Piece
from gateway.exports.protocol import Exporter
from gateway.exports.source import Source
from imgdiff import __version__
from imgdiff.errors import ImgdiffError, InvalidRequest, ServiceUnavailable

ERROR_FILE = ".imgdiff-error.json"
"""The last file of a tar archive that could not be completed: the problem document; the archive has no end."""

_GROUP = 2**20  # bytes handed over at a time at least; chosen, not measured
_SMALL = 2**16  # bytes of a piece up to which it is cheaper to copy it than to send it alone; chosen, not measured


class Describe(Protocol):
    """Gives the files of a format, and then those that describe them."""

    def __call__(self, exporter: Exporter, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """The files of an export of several files."""


@dataclass(frozen=True)
class Export:
    """What a client asked for, with every default settled."""

    exporter: Exporter
    source: Source
    container: Container
    images: bool
    describe: Describe

    @property
    def filename(self) -> str:
        """A name for the file that a client saves."""
        name = f"{self.source.dataset.name}-{self.exporter.name}"
        if self.container is Container.NONE:
            return name + self.exporter.main[self.exporter.main.rindex(".") :]
        return f"{name}.{self.container}"

    @property
    def media_type(self) -> str:
        """The media type of the bytes."""
        return containers.MEDIA_TYPES.get(self.container, "application/jsonl")

    @property
    def tag(self) -> str:
        """The entity tag: exports with the same tag have the same bytes."""
        source, mark = self.source, self.source.extent.mark
        parts = [
            __version__,
            self.exporter.name,
            self.container,
            self.images,
            source.dataset.model_dump(mode="json", include={"name", "description", "tags", "created_at"}),
            astuple(source.extent.condition),
            [source.extent.through, source.extent.reviewed],
            source.limit,
            [mark.version, mark.created_at.isoformat(), mark.deleted],
            None if source.sample is None else source.sample.options,
            None if source.rejections is None else source.rejections.model_dump(),
        ]
        return f'"{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"'

    def read(self, start: int = 0) -> Iterator[Piece]:
        """The bytes from `start`. Raises ImgdiffError where a file cannot be made; a tar archive then ends with it."""
        if self.container is Container.NONE:
            for file in self.exporter.files(self.source, images=self.images):
                yield from containers.skip(file.read(), start)
            return
        files = self.describe(self.exporter, self.source, images=self.images)
        folder = f"{self.source.dataset.name}-{self.exporter.name}"
        if self.container is Container.ZIP:
            yield from containers.skip(containers.write_zip(files, folder), start)
            return
        yield from containers.write_tar(files, folder, start, _explain)


def settle(
    exporter: Exporter, source: Source, container: Container | None, images: bool | None, describe: Describe
) -> Export:
    """The export with its defaults: a format that stands alone is one file, any other a tar archive with images.

    Raises InvalidRequest where one file cannot hold what is asked for.
    """
    alone = exporter.stands_alone and not images
    chosen = container or (Container.NONE if alone else Container.TAR)
    if chosen is Container.NONE and not alone:
        what = f"{exporter.name} with images" if exporter.stands_alone else exporter.name
        detail = f"{what} has several files; ask for container tar or zip"
        raise InvalidRequest.at("/query/container", "several_files", detail)
    return Export(exporter, source, chosen, not alone if images is None else images, describe)


def gather(pieces: Iterable[Piece]) -> Generator[list[Piece], None, None]:
    """The same bytes in groups: each is handed to another thread, which costs as much for a byte.

    The next group is read while one is sent.
    """
    groups = _group(pieces)
    pool = ThreadPoolExecutor(1)
    try:
        ahead = pool.submit(next, groups, None)
        while (group := ahead.result()) is not None:
            ahead = pool.submit(next, groups, None)
            yield group
    finally:
        pool.submit(groups.close)  # after what is read now, for which a server's loop must not wait
        pool.shutdown(wait=False)


def _group(pieces: Iterable[Piece]) -> Generator[list[Piece], None, None]:
    waiting: list[Piece] = []
    size = 0
    try:
        for piece in filter(len, pieces):
            waiting.append(piece)
            size += len(piece)
            if size >= _GROUP:
                yield list(_join_small(waiting))
                waiting, size = [], 0
    except Exception:
        yield list(_join_small(waiting))  # what explains the failure
        raise
    yield list(_join_small(waiting))


def _join_small(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces, neighbours that are small as one: a copy of large ones would take as long as reading them."""
    for small, some in groupby(pieces, lambda piece: len(piece) < _SMALL):
        if small:
            yield b"".join(some)
        else:
            yield from some


def _explain(error: Exception) -> ExportFile:
    """The problem document of a failure."""
    if isinstance(error, ImgdiffError):
        known = error
    elif isinstance(error, OSError):
        known = ServiceUnavailable(f"the gateway cannot write to its temporary folder: {error.strerror or error}")
    else:
        known = ImgdiffError("an internal error occurred; the gateway's log has it")
    return ExportFile.of_json(ERROR_FILE, known.problem())
