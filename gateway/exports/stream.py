"""An export as bytes: which files, in which container, from which byte, and the tag that identifies them."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from typing import Protocol

from gateway.exports import containers
from gateway.exports.containers import Container
from gateway.exports.files import ExportFile
from gateway.exports.protocol import Exporter
from gateway.exports.source import Source
from imgdiff import __version__
from imgdiff.errors import ImgdiffError, InvalidRequest, ServiceUnavailable

ERROR_FILE = ".imgdiff-error.json"
"""The last file of a tar archive that could not be completed: the problem document; the archive has no end."""

_PIECE = 2**20  # bytes sent at a time at least; chosen, not measured


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
        source = self.source
        parts = [
            __version__,
            self.exporter.name,
            self.container,
            self.images,
            source.dataset.model_dump(mode="json", include={"name", "description", "tags", "created_at"}),
            astuple(source.condition),
            source.through,
            source.limit,
            [source.mark.version, source.mark.created_at.isoformat(), source.mark.deleted],
            None if source.sample is None else source.sample.options,
            None if source.rejections is None else source.rejections.model_dump(),
        ]
        return f'"{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"'

    def read(self, start: int = 0) -> Iterator[bytes]:
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


def gather(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer pieces: each is handed to another thread, which costs as much for a byte."""
    waiting: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            waiting.append(piece)
            size += len(piece)
            if size >= _PIECE:
                yield b"".join(waiting)
                waiting, size = [], 0
    except Exception:
        yield b"".join(waiting)  # what explains the failure
        raise
    if waiting:
        yield b"".join(waiting)


def _explain(error: Exception) -> ExportFile:
    """The problem document of a failure."""
    if isinstance(error, ImgdiffError):
        known = error
    elif isinstance(error, OSError):
        known = ServiceUnavailable(f"the gateway cannot write to its temporary folder: {error.strerror or error}")
    else:
        known = ImgdiffError("an internal error occurred; the gateway's log has it")
    return ExportFile.of_json(ERROR_FILE, known.problem())
