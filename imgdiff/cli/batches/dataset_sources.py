"""Datasets of Hugging Face, opened as a stream: a folder that `datasets` saved, Parquet files, or a name on the hub."""

import glob
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx

from imgdiff.errors import ImgdiffError, InvalidRequest, NotFound, ServiceUnavailable

SCHEME = "hf://"
_FORM = "write hf://OWNER/NAME, hf://OWNER/NAME@REVISION or hf://OWNER/NAME?config=CONFIG"
_INSTALL = "datasets as manifests need more packages: pip install 'imgdiff[huggingface]'"
_HUB_SECONDS = 30.0  # for the hub's answer about a dataset; chosen, not measured
_ROWS_AT_ONCE = 16  # decoded from a Parquet file; chosen, not measured
_DATA = frozenset({".arrow", ".csv", ".json", ".jsonl", ".parquet", ".tar", ".zip"})  # in any folder with pairs
_SAVED = ("dataset_dict.json", "dataset_info.json")  # of a folder that `save_to_disk` wrote


@dataclass(frozen=True)
class Rows:
    """The rows of one split, images undecoded. `origin` changes when they do; paths start at `root`."""

    rows: Any  # Dataset or IterableDataset; the package has no types
    origin: str
    root: str


def is_dataset(source: str) -> bool:
    """Whether a source is `hf://...`, a Parquet file, or a folder with files that `datasets` reads."""
    path = Path(source)
    if source.startswith(SCHEME) or (path.suffix == ".parquet" and path.is_file()):
        return True
    return path.is_dir() and any(one.suffix in _DATA for one in path.rglob("*"))


def open_rows(source: str, config: str | None, split: str | None) -> Rows:
    """The rows of a split; what there is one of may be left out, and an error says which there are."""
    with explained(source):
        if source.startswith(SCHEME):
            return _open_hub(source, config, split)
        path = Path(source)
        folder = path if path.is_dir() else path.parent
        return Rows(_choose(_open_local(path, config), split, source), _state(path), str(folder.absolute()))


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Around the use of a dataset: what its packages raise, as an ImgdiffError that names it."""
    try:
        yield
    except ImgdiffError:
        raise
    except ImportError as error:
        raise ServiceUnavailable(_INSTALL) from error
    except FileNotFoundError as error:  # also a name that the hub does not know
        raise NotFound(f"{name} cannot be read: {_line(error)}") from error
    except (httpx.HTTPError, ConnectionError, TimeoutError) as error:
        raise ServiceUnavailable(f"{name} cannot be reached: {_line(error)}") from error
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"{name} cannot be read: {_line(error)}") from error


def _open_hub(source: str, config: str | None, split: str | None) -> Rows:
    name, revision, given = _parse(source)
    from huggingface_hub import HfApi  # noqa: PLC0415  not in the base install
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError  # noqa: PLC0415

    try:
        commit = HfApi().dataset_info(name, revision=revision, timeout=_HUB_SECONDS).sha
    except RevisionNotFoundError as error:
        raise NotFound(f"{source}: the dataset has no revision {revision}; without it the newest is taken") from error
    except RepositoryNotFoundError as error:
        detail = "the hub has no such dataset, or it is private: check the name, or set HF_TOKEN"
        raise NotFound(f"{source}: {detail}") from error
    config = config or given.get("config")
    rows = _choose(_stream(name, config, revision=commit), split or given.get("split"), source)
    return Rows(rows, f"{name} {commit} {config}", f"{SCHEME}datasets/{name}@{commit}")


def _parse(source: str) -> tuple[str, str | None, dict[str, str]]:
    """The name on the hub, its revision, and what follows the question mark."""
    path, _, query = source.removeprefix(SCHEME).removeprefix("datasets/").partition("?")
    name, _, revision = path.strip("/").partition("@")
    try:
        given = dict(parse_qsl(query, strict_parsing=True)) if query else {}
    except ValueError:
        given = {"": query}
    if not name or name.count("/") > 1 or set(given) - {"split", "config"}:
        raise InvalidRequest(f"{source} is no dataset of the hub; {_FORM}")
    return name, revision or None, given


def _open_local(path: Path, config: str | None) -> Any:
    from datasets import load_from_disk  # noqa: PLC0415  not in the base install

    if path.is_file():
        return _stream("parquet", config, data_files=[glob.escape(str(path.absolute()))])
    if _is_saved(path):
        return load_from_disk(str(path))
    return _stream(str(path), config)


def _is_saved(path: Path) -> bool:
    return any((path / name).is_file() for name in _SAVED)


def _stream(path: str, config: str | None, **given: Any) -> Any:
    from datasets import load_dataset_builder  # noqa: PLC0415  not in the base install

    try:
        builder = load_dataset_builder(path, config, **given)
    except ValueError as error:
        if "config" not in str(error).lower():
            raise
        raise InvalidRequest(f"{path}: {_line(error)}; name a configuration with --config") from error
    if hasattr(builder.config, "batch_size"):  # else all rows of a row group are decoded at once
        builder.config.batch_size = _ROWS_AT_ONCE
    return builder.as_streaming_dataset()


def _choose(found: Any, split: str | None, name: str) -> Any:
    """The split, of a dataset that has several."""
    if not isinstance(found, dict):
        if split is not None:
            raise InvalidRequest(f"{name} has no splits; leave --split out")
        return found
    chosen = split or (next(iter(found)) if len(found) == 1 else None)
    if chosen is None or chosen not in found:
        what = f"has no split {chosen!r}" if chosen else "has several splits"
        raise InvalidRequest(f"{name} {what}; name one with --split: {', '.join(found)}")
    return found[chosen]


def _state(path: Path) -> str:
    """A digest of the names, sizes and times of its files."""
    digest = hashlib.sha256()
    for one in _files(path):
        digest.update(f"{one} {one.stat().st_size} {one.stat().st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    """In order; the names of one folder at a time are held in memory."""
    if path.is_file():
        yield path
    for folder, below, names in os.walk(path):
        below.sort()
        yield from (Path(folder, name) for name in sorted(names))


def _line(error: Exception) -> str:
    """The first two lines, where the libraries say what is wrong and what there is."""
    return " ".join((str(error).strip() or type(error).__name__).splitlines()[:2]).rstrip(".")
