"""What every export format implements, and what a client asks for."""

from collections.abc import Iterator
from typing import ClassVar, Protocol

from gateway.exports.files import ExportFile
from gateway.exports.source import Source


class Exporter(Protocol):
    """Turns a dataset into the files of one format, in bounded memory.

    The same source gives the same files, byte for byte. A file is read before the next one is asked for.
    """

    name: ClassVar[str]
    stands_alone: ClassVar[bool]  # whether `main` is useful without any other file
    main: ClassVar[str]  # the path of the file that a reader opens first; a pattern where there are several

    def files(self, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """The files, without those of `images` if it is False. Raises NotFound where an image is missing."""
