"""Manifests: what a batch is made of, as a file of JSON lines, a CSV file, or a folder of pairs."""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imgdiff.batches.documents import BatchUrl
from imgdiff.errors import InvalidRequest

HELP = (
    "A .jsonl file: a line of the API's batches each, with paths where it has images, or "
    '{"image1": PATH, "image2": PATH, "caption1": ...}. A .csv file with the columns image1, image2 and, if you like, '
    "caption1, caption2, custom_id; others become metadata. Or a folder with the folders image1 and image2 (or before "
    "and after, or A and B) that hold pictures of the same names. Paths start at the manifest's folder."
)
_SIDES = (("image1", "image2"), ("before", "after"), ("A", "B"))
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp"})
_IMAGES = ("image1", "image2", "image", "donor")  # fields of a body that may be a path
_OPTIONS = ("caption1", "caption2")
_MOST_FIELD_BYTES = 2**20  # of one field of a CSV file; chosen, not measured


@dataclass(frozen=True)
class Entry:
    """One request: its line in the manifest, and the document of a `BatchLine` with paths in place of images."""

    line: int
    document: dict[str, Any]
    images: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Skipped:
    """A line that is no request, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Manifest:
    """A manifest; `fingerprint` changes when it does."""

    path: Path
    fingerprint: str

    @classmethod
    def open(cls, path: Path) -> "Manifest":
        """The manifest at a path; raises InvalidRequest where its kind is not known."""
        if path.is_dir():
            names = [f"{one} {one.stat().st_size} {one.stat().st_mtime_ns}" for pair in _pairs(path) for one in pair]
            return cls(path, hashlib.sha256("\n".join(names).encode()).hexdigest())
        if path.suffix not in {".jsonl", ".ndjson", ".csv"}:
            raise InvalidRequest(f"{path}: a manifest is a .jsonl or .csv file or a folder of pairs")
        status = path.stat()
        return cls(path, f"{status.st_size} {status.st_mtime_ns}")

    def entries(self) -> Iterator[Entry | Skipped]:
        """Its requests in order."""
        if self.path.is_dir():
            return _from_folder(self.path)
        return _from_csv(self.path) if self.path.suffix == ".csv" else _from_jsonl(self.path)


def _from_folder(folder: Path) -> Iterator[Entry | Skipped]:
    for line, (first, second) in enumerate(_pairs(folder), 1):
        yield _entry(folder, line, {"custom_id": first.name, "image1": str(first), "image2": str(second)})


def _pairs(folder: Path) -> list[tuple[Path, Path]]:
    sides = next((names for names in _SIDES if all((folder / name).is_dir() for name in names)), None)
    if sides is None:
        known = ", ".join(" and ".join(names) for names in _SIDES)
        raise InvalidRequest(f"{folder} holds no two folders of images; known: {known}")
    first, second = (folder / name for name in sides)
    files = sorted(path for path in first.iterdir() if path.suffix.lower() in _PICTURES)
    pairs = [(path.absolute(), (second / path.name).absolute()) for path in files]
    missing = next((path for _, path in pairs if not path.is_file()), None)
    if missing is not None or not pairs:
        raise InvalidRequest(f"{missing} is missing" if missing else f"{first} holds no PNG, JPEG or WebP images")
    return pairs


def _from_csv(path: Path) -> Iterator[Entry | Skipped]:
    csv.field_size_limit(_MOST_FIELD_BYTES)
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file, strict=True)
        try:
            missing = {"image1", "image2"} - set(rows.fieldnames or ())
            if missing:
                raise InvalidRequest(f"{path} has no column {' and no column '.join(sorted(missing))}")
            for row in rows:
                yield _entry_or_skipped(path.parent, rows.line_num, row)
        except (csv.Error, UnicodeDecodeError) as error:
            raise InvalidRequest(f"{path}, line {rows.line_num + 1}: {error}") from error


def _entry_or_skipped(folder: Path, line: int, row: dict[str | Any, Any]) -> Entry | Skipped:
    if None in row:
        return Skipped(line, "the row has more fields than the file has columns")
    return _entry(folder, line, {key: value for key, value in row.items() if value})


def _from_jsonl(path: Path) -> Iterator[Entry | Skipped]:
    with path.open("rb") as file:
        for line, content in enumerate(file, 1):
            if not content.strip():
                continue
            try:
                document = json.loads(content.decode("utf-8-sig" if line == 1 else "utf-8"))
                if not isinstance(document, dict):
                    raise ValueError("the line is no JSON object")  # noqa: TRY004, TRY301  as other bad lines
            except (ValueError, RecursionError) as error:
                yield Skipped(line, f"not JSON: {error}")
            else:
                yield _entry(path.parent, line, document)


def _entry(folder: Path, line: int, given: dict[str, Any]) -> Entry:
    """A line of the API, or one with its fields beside each other."""
    document = given if "body" in given else _nested(given)
    document.setdefault("custom_id", f"line-{line}")
    body = document.get("body")
    if not isinstance(body, dict):
        return Entry(line, document)
    paths = {name: folder / body[name] for name in _IMAGES if isinstance(body.get(name), str)}
    return Entry(line, document, paths)


def _nested(given: dict[str, Any]) -> dict[str, Any]:
    rest = dict(given)
    document: dict[str, Any] = {name: rest.pop(name) for name in ("custom_id", "url", "method") if name in rest}
    body: dict[str, Any] = {name: rest.pop(name) for name in _IMAGES if name in rest}
    options = {name: rest.pop(name) for name in _OPTIONS if name in rest}
    if document.get("url") == BatchUrl.SYNTHESES:
        body |= {name: rest.pop(name) for name in list(rest)}
    elif rest:
        options["metadata"] = rest
    return {**document, "body": {**body, **({"options": options} if options else {})}}
