"""Manifests: what a batch is made of, as a file, a folder of pairs, a prefix of a bucket, or a dataset."""

import hashlib
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imgdiff.buckets.addresses import is_address
from imgdiff.buckets.bucket import open_bucket
from imgdiff.cli.batches.bucket_manifest import BucketManifest, find_manifest, opened_manifest
from imgdiff.cli.batches.bucket_pairs import BucketPairs, find_sides
from imgdiff.cli.batches.dataset_rows import DatasetRows, Selection
from imgdiff.cli.batches.dataset_sources import is_dataset
from imgdiff.cli.batches.entries import KNOWN_SIDES, PICTURES, SIDES, Entry, Skipped, entry_of_files
from imgdiff.cli.batches.written_lines import is_written, read_lines
from imgdiff.errors import InvalidRequest

HELP = (
    "A .jsonl file: a line of the API's batches each, with paths where it has images, or "
    '{"image1": PATH, "image2": PATH, "caption1": ...}. A .csv file with the columns image1, image2 and, if you like, '
    "caption1, caption2, instruction, custom_id; others become metadata. Paths start at the manifest's folder. "
    "A folder with the folders image1 and image2 (or before and after, or A and B) that hold pictures of the same "
    "names. s3://BUCKET/PREFIX with any of these. Or a dataset of Hugging Face with such columns: hf://OWNER/NAME, "
    "hf://OWNER/NAME@REVISION, a .parquet file, or a folder that its library reads."
)
_MOST_NAME = 100  # characters of an address in the name of a folder; chosen, not measured
_Entries = Generator[Entry | Skipped, None, None]


@dataclass(frozen=True)
class Manifest:
    """A manifest: `fingerprint` changes when it does; `place` names its folder of progress."""

    name: str
    place: Path
    fingerprint: str
    entries: Callable[[int], _Entries]
    """Its requests in order, those behind a line; closed by who reads them, else libraries may end in an abort."""


@contextmanager
def open_manifest(source: str | Path, selection: Selection | None = None) -> Iterator[Manifest]:
    """The manifest at a path or address; raises InvalidRequest where its kind is not known."""
    name, path = str(source), Path(source)
    selected = selection or Selection()
    pairs = path.is_dir() and _find_sides(path) is not None
    if not pairs and is_dataset(name):
        rows = DatasetRows(name, selected)
        yield Manifest(name, _place(name, selected.config, selected.split), rows.fingerprint, rows.entries)
        return
    if selected != Selection():
        options = "--config, --split, --image1, --image2 and --custom-id"
        raise InvalidRequest(f"{name} is no dataset of Hugging Face; leave {options} out")
    if is_address(name):
        with _opened_bucket(name) as listed:
            yield Manifest(name, _place(name), listed.fingerprint, listed.entries)
        return
    yield _open_files(path)


@contextmanager
def _opened_bucket(name: str) -> Iterator[BucketPairs | BucketManifest]:
    folder, _, last = name.rpartition("/")
    if is_written(last):
        with open_bucket(folder) as bucket, opened_manifest(bucket, last) as manifest:
            yield manifest
        return
    with open_bucket(name) as bucket:
        found = None if find_sides(bucket) else find_manifest(bucket)
        if found is None:
            yield BucketPairs(bucket)
            return
        with opened_manifest(bucket, found) as manifest:
            yield manifest


def _open_files(path: Path) -> Manifest:
    if path.is_dir():
        digest = hashlib.sha256()
        for one in (one for pair in _pairs(path) for one in pair):
            digest.update(f"{one} {one.stat().st_size} {one.stat().st_mtime_ns}\n".encode())
        return Manifest(str(path), _place(str(path)), digest.hexdigest(), _behind(_from_folder, path))
    if not path.exists():
        raise InvalidRequest(f"{path} does not exist")
    if not is_written(path.name):
        kinds = "a .jsonl, .csv or .parquet file, a folder, s3://BUCKET/PREFIX or hf://OWNER/NAME"
        raise InvalidRequest(f"{path}: a manifest is {kinds}")
    status = path.stat()
    return Manifest(str(path), _place(str(path)), f"{status.st_size} {status.st_mtime_ns}", _behind(_from_file, path))


def _place(source: str, *parts: str | None) -> Path:
    """Beside a file or folder; in the working folder for an address. Each part of a dataset has its own."""
    path = Path(source)
    found = (path if path.name else path.absolute()) if path.exists() else Path(_name_from(source[-_MOST_NAME:]))
    return found.with_name("-".join([found.name, *(_name_from(part) for part in parts if part is not None)]))


def _name_from(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text).strip("-.")


def _behind(read: Callable[[Path], _Entries], path: Path) -> Callable[[int], _Entries]:
    return lambda after: (one for one in read(path) if one.line > after)


def _from_file(path: Path) -> _Entries:
    with path.open("rb") as file:
        yield from read_lines(file, str(path), path.parent.joinpath)


def _from_folder(folder: Path) -> _Entries:
    for line, (first, second) in enumerate(_pairs(folder), 1):
        yield entry_of_files(Path, line, {"custom_id": first.name, "image1": str(first), "image2": str(second)})


def _find_sides(folder: Path) -> tuple[str, str] | None:
    return next((names for names in SIDES if all((folder / name).is_dir() for name in names)), None)


def _pairs(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Only the names of one folder are held in memory."""
    sides = _find_sides(folder)
    if sides is None:
        raise InvalidRequest(f"{folder} holds no two folders of images, and no dataset; known: {KNOWN_SIDES}")
    first, second = (folder.absolute() / name for name in sides)
    names = sorted(one.name for one in first.iterdir() if one.suffix.lower() in PICTURES)
    if not names:
        raise InvalidRequest(f"{first} holds no PNG, JPEG or WebP images")
    for name in names:
        if not (second / name).is_file():
            raise InvalidRequest(f"{second / name} is missing")
        yield first / name, second / name
