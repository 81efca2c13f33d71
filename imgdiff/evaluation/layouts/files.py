"""Find the files of a benchmark, and report what was looked for where there is none."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from imgdiff.errors import InvalidRequest, NotFound

Entry = TypeVar("Entry", bound=BaseModel)


def find(folder: Path, names: Sequence[str]) -> Path:
    """The first of several files or folders that exists; raises NotFound that names all of them."""
    found = next((folder / name for name in names if (folder / name).exists()), None)
    if found is None:
        raise NotFound(f"{folder} holds none of: {', '.join(names)}")
    return found


def read_entries(path: Path, kind: type[Entry]) -> list[Entry]:
    """The entries of a JSON list or of JSON lines; raises InvalidRequest that names the wrong entry."""
    text = path.read_text(encoding="utf-8-sig")
    try:
        # Only a line feed ends a line: texts may contain other separators of lines, such as U+2028.
        entries = json.loads(text) if path.suffix == ".json" else list(map(json.loads, filter(None, text.split("\n"))))
    except ValueError as error:
        raise InvalidRequest(f"{path} is no JSON: {error}") from error
    if not isinstance(entries, list):
        raise InvalidRequest(f"{path} holds no list")
    return [_read_entry(path, number, entry, kind) for number, entry in enumerate(entries, 1)]


def _read_entry(path: Path, number: int, entry: object, kind: type[Entry]) -> Entry:
    try:
        return kind.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(map(str, first["loc"]))
        raise InvalidRequest(f"{path}, entry {number}: {place}: {first['msg']}") from error
