"""Manifests: what a batch is made of, as a file, a folder of pairs, a prefix of a bucket, or a dataset."""

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imgdiff.buckets.addresses import is_address
from imgdiff.buckets.bucket import open_bucket
from imgdiff.cli.batches.bucket_pairs import BucketPairs
from imgdiff.cli.batches.dataset_rows import DatasetRows, Selection
from imgdiff.cli.batches.dataset_sources import is_dataset
from imgdiff.cli.batches.entries import KNOWN_SIDES, PICTURES, SIDES, Entry, Skipped, entry_of_files
from imgdiff.errors import InvalidRequest

HELP = (
    "A .jsonl file: a line of the API's batches each, with paths where it has images, or "
    '{"image1": PATH, "image2": PATH, "caption1": ...}. A .csv file with the columns image1, image2 and, if you like, '
    "caption1, caption2, instruction, custom_id; others become metadata. Paths start at the manifest's folder. "
    "A folder, or s3://BUCKET/PREFIX, with the folders image1 and image2 (or before and after, or A and B) that hold "
    "pictures of the same names. Or a dataset of Hugging Face with such columns: a .parquet file, a folder of them or "
    "one that save_to_disk wrote, or hf://OWNER/NAME."
)
_MOST_FIELD_BYTES = 2**20  # of one field of a CSV file; chosen, not measured
_MOST_NAME = 100  # characters of an address in the name of a folder; chosen, not measured
_Entries = Iterator[Entry | Skipped]


@dataclass(frozen=True)
class Manifest:
    """A manifest: `fingerprint` changes when it does; `place` names its folder of progress."""

    name: str
    place: Path
    fingerprint: str
    entries: Callable[[int], _Entries]
    """Its requests in order, those behind a line."""


@contextmanager
def open_manifest(source: str | Path, selection: Selection | None = None) -> Iterator[Manifest]:
    """The manifest at a path or address; raises InvalidRequest where its kind is not known."""
    name, path = str(source), Path(source)
    selected = selection or Selection()
    pairs = path.is_dir() and _find_sides(path) is not None
    if not pairs and is_dataset(name):
        rows = DatasetRows(name, selected)
        yield Manifest(name, _place(name, selected.split), rows.fingerprint, rows.entries)
        return
    if selected != Selection():
        raise InvalidRequest(f"{name} is no dataset of Hugging Face; leave --split, --image1 and --image2 out")
    if is_address(name):
        with open_bucket(name) as bucket:
            listed = BucketPairs(bucket)
            yield Manifest(name, _place(name), listed.fingerprint, listed.entries)
        return
    yield _open_files(path)


def _open_files(path: Path) -> Manifest:
    if path.is_dir():
        digest = hashlib.sha256()
        for one in (one for pair in _pairs(path) for one in pair):
            digest.update(f"{one} {one.stat().st_size} {one.stat().st_mtime_ns}\n".encode())
        return Manifest(str(path), _place(str(path)), digest.hexdigest(), _behind(_from_folder, path))
    if not path.exists():
        raise InvalidRequest(f"{path} does not exist")
    if path.suffix not in {".jsonl", ".ndjson", ".csv"}:
        kinds = "a .jsonl, .csv or .parquet file, a folder, s3://BUCKET/PREFIX or hf://OWNER/NAME"
        raise InvalidRequest(f"{path}: a manifest is {kinds}")
    status = path.stat()
    read = _from_csv if path.suffix == ".csv" else _from_jsonl
    return Manifest(str(path), _place(str(path)), f"{status.st_size} {status.st_mtime_ns}", _behind(read, path))


def _place(source: str, split: str | None = None) -> Path:
    """Beside a file or folder; in the working folder for an address. Each split has its own."""
    path = Path(source)
    found = (path if path.name else path.absolute()) if path.exists() else Path(_name_from(source[-_MOST_NAME:]))
    return found if split is None else found.with_name(f"{found.name}-{_name_from(split)}")


def _name_from(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text).strip("-.")


def _behind(read: Callable[[Path], _Entries], path: Path) -> Callable[[int], _Entries]:
    return lambda after: (one for one in read(path) if one.line > after)


def _from_folder(folder: Path) -> _Entries:
    for line, (first, second) in enumerate(_pairs(folder), 1):
        yield entry_of_files(folder, line, {"custom_id": first.name, "image1": str(first), "image2": str(second)})


def _find_sides(folder: Path) -> tuple[str, str] | None:
    return next((names for names in SIDES if all((folder / name).is_dir() for name in names)), None)


def _pairs(folder: Path) -> list[tuple[Path, Path]]:
    sides = _find_sides(folder)
    if sides is None:
        raise InvalidRequest(f"{folder} holds no two folders of images, and no dataset; known: {KNOWN_SIDES}")
    first, second = (folder / name for name in sides)
    files = sorted(path for path in first.iterdir() if path.suffix.lower() in PICTURES)
    pairs = [(path.absolute(), (second / path.name).absolute()) for path in files]
    missing = next((path for _, path in pairs if not path.is_file()), None)
    if missing is not None or not pairs:
        raise InvalidRequest(f"{missing} is missing" if missing else f"{first} holds no PNG, JPEG or WebP images")
    return pairs


def _from_csv(path: Path) -> _Entries:
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
    return entry_of_files(folder, line, {key: value for key, value in row.items() if value})


def _from_jsonl(path: Path) -> _Entries:
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
                yield entry_of_files(path.parent, line, document)
