"""The files of an export: a relative path, a size, and bytes that are read when they are needed."""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Self

from pydantic import BaseModel

_CHUNK = 2**20  # bytes read at a time; chosen, not measured
_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_IN_MEMORY = 8 * 2**20  # bytes of a spooled file, beyond which it goes to disk; chosen, not measured


Piece = bytes | memoryview
"""Some bytes of a file."""


@dataclass(frozen=True)
class ExportFile:
    """One file. `path` is relative, with slashes; `read` may be called once and gives exactly `size` bytes."""

    path: str
    size: int
    read: Callable[[], Iterator[Piece]]

    @classmethod
    def of(cls, path: str, content: bytes) -> Self:
        """A file whose bytes are in memory."""
        return cls(path, len(content), lambda: iter((content,)))

    @classmethod
    def of_text(cls, path: str, text: str) -> Self:
        """A text file in UTF-8."""
        return cls.of(path, text.encode())

    @classmethod
    def of_json(cls, path: str, document: object) -> Self:
        """A JSON document; its keys stay in their order, so that the same document gives the same bytes."""
        value = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
        return cls.of_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


class SpooledFile:
    """A file that is written before its size is known: in memory while it is small, else in the temporary folder.

    It is a context manager, and what `finish` returns is to be read inside: a client that leaves ends the block.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.stream: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  closed on exit

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def write_line(self, document: object) -> None:
        """Append a JSON document as one line."""
        self.stream.write(to_line(document))

    def finish(self) -> ExportFile:
        """The file; nothing can be written any more."""
        return ExportFile(self.path, self.stream.tell(), self._read)

    def _read(self) -> Iterator[bytes]:
        self.stream.seek(0)
        while piece := self.stream.read(_CHUNK):
            yield piece


class SpooledList(SpooledFile):
    """A spooled file that is one JSON list, an element a line."""

    _empty = True

    def append(self, document: object) -> None:
        """Add an element."""
        self.stream.write(b"[\n" if self._empty else b",\n")
        self.stream.write(to_line(document).removesuffix(b"\n"))
        self._empty = False

    def finish(self) -> ExportFile:
        """The file; nothing can be appended any more."""
        self.stream.write(b"[]\n" if self._empty else b"\n]\n")
        return super().finish()


def to_line(document: object) -> bytes:
    """A JSON document on one line."""
    text = document.model_dump_json() if isinstance(document, BaseModel) else _dump(document)
    return text.encode() + b"\n"


def _dump(document: object) -> str:
    return _JSON.encode(document)
