"""Cut-outs with transparency in a folder, with labels from a table, their folders' names or their own."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

from imgdiff.cli.donors.pictures import Picture, Tally
from imgdiff.client.options import DonorArguments
from imgdiff.errors import InvalidRequest

_ENDINGS = {".png", ".webp"}  # of formats with transparency
_NUMBER = re.compile(r"[\s_\-.(]*\d+\)*$")
_COLUMNS = ("file", "label", "category", "source", "licence")
Row = dict[str, str]


class CutoutFolder:
    """The pictures of a folder; rows of `table` (CSV or JSON, by `file`) go before names, licence and source.

    Raises InvalidRequest for a table that cannot be read.
    """

    def __init__(self, folder: Path, table: Path | None, licence: str | None, source: str | None) -> None:
        self._folder, self._licence, self._source = folder, licence, source or folder.resolve().name
        self._rows = {} if table is None else _read_table(table)
        self._paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS)

    def __len__(self) -> int:
        return len(self._paths)

    def pictures(self, tally: Tally) -> Iterator[Picture | None]:
        """One entry for each file: the picture with its object, or None where it has no label or licence."""
        names = {name for path in self._paths for name in (path.name, path.relative_to(self._folder).as_posix())}
        tally.skip("no image file", len(self._rows.keys() - names))
        for path in self._paths:
            yield self._picture(path, tally)

    def _picture(self, path: Path, tally: Tally) -> Picture | None:
        name = path.relative_to(self._folder)
        row = self._rows.get(name.as_posix()) or self._rows.get(name.name) or {}
        label, licence = row.get("label") or _label(name), row.get("licence") or self._licence
        if not label:
            tally.skip("no label")
        elif not licence:
            tally.skip("no licence (name it with --licence)")
        else:
            new = DonorArguments(
                label=label,
                category=row.get("category") or None,
                source=row.get("source") or self._source,
                reference=name.as_posix(),
                licence=licence,
            )
            return Picture(path, (new,))
        return None


def _label(name: Path) -> str:
    """The folder's name, else the file's without a number at its end."""
    text = name.parent.name or _NUMBER.sub("", name.stem)
    return re.sub(r"[_\-]+", " ", text).strip()


def _read_table(path: Path) -> dict[str, Row]:
    """Rows by file: CSV with a header, or JSON as a list of objects or as an object of labels."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = (
            _from_json(json.loads(text)) if path.suffix.lower() == ".json" else list(csv.DictReader(text.splitlines()))
        )
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError, csv.Error) as error:
        raise InvalidRequest(f"{path} is no table of labels: {error}") from error
    unknown = sorted({str(name) for row in rows for name in row} - set(_COLUMNS))
    if unknown or any(not row.get("file") for row in rows):
        detail = f"unknown column {unknown[0]!r}" if unknown else "a row names no file"
        raise InvalidRequest(f"{path}: {detail}; columns: {', '.join(_COLUMNS)}")
    return {row["file"]: row for row in rows}


def _from_json(document: object) -> list[Row]:
    if isinstance(document, dict):
        document = [{"file": file, "label": label} for file, label in document.items()]
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise ValueError("JSON is a list of objects, or an object of labels by file")
    return [{str(name): str(value) for name, value in row.items() if value is not None} for row in document]
