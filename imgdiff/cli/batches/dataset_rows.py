"""Rows of a dataset as pairs: two columns of images, and what the other columns become."""

import hashlib
import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imgdiff.cli.batches.dataset_sources import SCHEME, Rows, explained, open_rows
from imgdiff.cli.batches.entries import SIDES, Entry, Picture, Skipped, entry_of_pair
from imgdiff.errors import InvalidRequest

_IDS = ("custom_id", "id")


@dataclass(frozen=True)
class Selection:
    """What of a dataset is sent; None where there is one choice."""

    config: str | None = None
    split: str | None = None
    image1: str | None = None
    image2: str | None = None
    custom_id: str | None = None


class DatasetRows:
    """The rows of one split; raises InvalidRequest where split or columns are not known or hold no images."""

    def __init__(self, source: str, selection: Selection) -> None:
        self._name = source
        self._opened = open_rows(source, selection.config, selection.split)
        self._features = self._opened.rows.features
        if self._features is None:
            raise InvalidRequest(f"{source} does not state the types of its columns; save it as Parquet first")
        self._columns = self._find_columns(selection)
        self._ids = _IDS if selection.custom_id is None else (self._require(selection.custom_id),)
        self.fingerprint = hashlib.sha256(f"{source} {self._opened.origin} {selection}".encode()).hexdigest()

    def entries(self, after: int) -> Generator[Entry | Skipped, None, None]:
        """The rows behind the first `after`; only images that are sent are read, and none is decoded."""
        from datasets import Image  # noqa: PLC0415  not in the base install

        texts = {name: _to_json(feature) for name, feature in self._features.items() if name not in self._columns}
        kept = {name: to_json for name, to_json in texts.items() if to_json is not None}
        rows = self._opened.rows.with_format(None).select_columns([*self._columns, *kept]).skip(after)
        rows = rows.to_iterable_dataset() if hasattr(rows, "to_iterable_dataset") else rows
        for name in self._columns:
            if isinstance(self._features[name], Image):
                rows = rows.cast_column(name, Image(decode=False))
        with explained(self._name):
            for line, row in enumerate(rows, after + 1):
                yield self._entry(line, row, kept)

    def _entry(self, line: int, row: dict[str, Any], kept: dict[str, Callable[[Any], Any]]) -> Entry | Skipped:
        first, second = (_picture(name, line, row[name], self._opened) for name in self._columns)
        if first is None or second is None:
            empty = self._columns[0 if first is None else 1]
            return Skipped(line, f"{empty} of row {line - 1} is empty")
        given = {name: to_json(row[name]) for name, to_json in kept.items() if row[name] is not None}
        named = next((given.pop(name) for name in self._ids if name in given), f"row-{line - 1}")
        return entry_of_pair(line, {**given, "custom_id": str(named)}, first, second)

    def _find_columns(self, selection: Selection) -> tuple[str, str]:
        """Columns of the usual names, images before paths, unless others are chosen."""
        images, paths = self._columns_of(_is_image), self._columns_of(_is_text)
        both = {*images, *paths}
        usual = next((pair for known in (set(images), both) for pair in SIDES if set(pair) <= known), (None, None))
        chosen = []
        for option, given, name in zip(
            ("--image1", "--image2"), (selection.image1, selection.image2), usual, strict=True
        ):
            column = given or name
            if column is None:
                raise InvalidRequest(f"{self._name}: name a column with {option}; {self._known()}")
            if self._require(column) not in both:
                raise InvalidRequest(f"{self._name}: column {column!r} holds neither images nor paths; {self._known()}")
            chosen.append(column)
        first, second = chosen
        if first == second:
            raise InvalidRequest(f"{self._name}: --image1 and --image2 both name {first!r}; {self._known()}")
        return first, second

    def _require(self, column: str) -> str:
        if column not in self._features:
            raise InvalidRequest(f"{self._name} has no column {column!r}; {self._known()}")
        return column

    def _known(self) -> str:
        """All columns."""
        images, paths = self._columns_of(_is_image), self._columns_of(_is_text)
        kinds = {"with images": images, "with text, or paths": paths}
        kinds["others"] = [name for name in self._features if name not in {*images, *paths}]
        return "columns " + "; ".join(f"{kind}: {', '.join(names)}" for kind, names in kinds.items() if names)

    def _columns_of(self, is_kind: Callable[[Any], bool]) -> list[str]:
        return [name for name, feature in self._features.items() if is_kind(feature)]


def _is_image(feature: Any) -> bool:
    """Images of `datasets`, and what Parquet holds of them: bytes, alone or beside a path."""
    from datasets import Image, Value  # noqa: PLC0415  not in the base install

    if isinstance(feature, dict):
        return set(feature) == {"bytes", "path"}
    return isinstance(feature, Image) or (isinstance(feature, Value) and feature.dtype.endswith("binary"))


def _is_text(feature: Any) -> bool:
    from datasets import Value  # noqa: PLC0415  not in the base install

    return isinstance(feature, Value) and feature.dtype in {"string", "large_string", "string_view"}


def _to_json(feature: Any) -> Callable[[Any], Any] | None:
    """What makes a column's values fit for JSON; None for a column that is left out, as pictures, sounds and bytes."""
    from datasets import ClassLabel, List, Value  # noqa: PLC0415  not in the base install

    if isinstance(feature, ClassLabel):
        return lambda value: feature.int2str(value) if 0 <= value < feature.num_classes else value
    if isinstance(feature, Value):
        return None if feature.dtype.endswith("binary") else _plain
    if isinstance(feature, List):
        inner = _to_json(feature.feature)
        return inner and (lambda values: [None if one is None else inner(one) for one in values])
    if isinstance(feature, dict):
        inners = {name: _to_json(one) for name, one in feature.items()}
        kept = {name: one for name, one in inners.items() if one is not None}
        return lambda value: {name: None if value[name] is None else one(value[name]) for name, one in kept.items()}
    return None


def _plain(value: Any) -> Any:
    """What is no finite number is null; times and decimals are text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int) else str(value)


def _picture(column: str, line: int, value: Any, opened: Rows) -> Picture | None:
    """Of an image of `datasets`, of bytes, or of a path."""
    name = f"{column} of row {line - 1}"
    content = value.get("bytes") if isinstance(value, dict) else value
    if isinstance(content, bytes):
        return Picture(name, lambda: content, held=len(content))
    path = value.get("path") if isinstance(value, dict) else value
    return Picture(f"{name} ({path})", lambda: _read(path, opened.root)) if path else None


def _read(path: str, root: str) -> bytes:
    """A file that a row names: on this machine, or for a dataset of the hub in its repository, but never elsewhere."""
    if not root.startswith(SCHEME):
        try:
            return Path(root, path).read_bytes()
        except (OSError, ValueError) as error:
            raise InvalidRequest(f"the file cannot be read: {getattr(error, 'strerror', None) or error}") from error
    address = path if "://" in path else f"{root}/{path}"
    if not address.rpartition("::")[2].startswith(f"{root}/") or ".." in address.split("/"):
        raise InvalidRequest("the file is not in the dataset's repository, and others are not read for its rows")
    import fsspec  # noqa: PLC0415  comes with datasets

    with explained(path):
        try:
            with fsspec.open(address, "rb") as file:
                content: bytes = file.read()
        except (FileNotFoundError, ValueError) as error:
            raise InvalidRequest("the dataset's repository has no such file") from error
    return content
