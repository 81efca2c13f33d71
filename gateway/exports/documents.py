"""A JSON object with lists of any length, as formats have it that keep a whole dataset in one document."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Self

from gateway.exports.files import ExportFile, Piece, SpooledList


class SpooledDocument:
    """The lists of one JSON object, spooled while records are read. A context manager, as `SpooledFile`."""

    def __init__(self, path: str, names: Sequence[str]) -> None:
        self.path = path
        self._stack = ExitStack()
        self._lists = {name: SpooledList(name) for name in names}

    def __enter__(self) -> Self:
        for one in self._lists.values():
            self._stack.enter_context(one)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def append(self, name: str, document: object) -> None:
        """Add an element to a list."""
        self._lists[name].append(document)

    def finish(self, head: Mapping[str, object]) -> ExportFile:
        """The file: the members of `head`, then the lists; nothing can be appended any more."""
        lists = [one.finish() for one in self._lists.values()]
        members = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)},\n" for name, value in head.items()]
        keys = [f"{json.dumps(one.path)}: ".encode() for one in lists]
        opening = ("{\n" + "".join(members)).encode()
        commas = len(lists) - 1
        size = len(opening) + sum(map(len, keys)) + sum(one.size for one in lists) + commas + len(b"}\n")

        def read() -> Iterator[Piece]:
            yield opening
            for at, (key, one) in enumerate(zip(keys, lists, strict=True)):
                yield (b"," if at else b"") + key
                yield from one.read()
            yield b"}\n"

        return ExportFile(self.path, size, read)
