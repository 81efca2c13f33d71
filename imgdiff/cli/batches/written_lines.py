"""Manifests that are written line by line: JSON lines, and CSV."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, BinaryIO

from imgdiff.cli.batches.entries import Entry, Locate, Skipped, entry_of_files
from imgdiff.errors import InvalidRequest

_MOST_FIELD_BYTES = 2**20  # of one field of a CSV file; chosen, not measured


def is_written(name: str) -> bool:
    """Whether a file of this name is such a manifest."""
    return PurePath(name).suffix in {".jsonl", ".ndjson", ".csv"}


def read_lines(file: BinaryIO, name: str, locate: Locate) -> Iterator[Entry | Skipped]:
    """The lines of an open file; `locate` finds the image that a line names. Raises InvalidRequest for a broken CSV."""
    return (_from_csv if PurePath(name).suffix == ".csv" else _from_jsonl)(file, name, locate)


def _from_csv(file: BinaryIO, name: str, locate: Locate) -> Iterator[Entry | Skipped]:
    csv.field_size_limit(_MOST_FIELD_BYTES)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    rows = csv.DictReader(text, strict=True)
    try:
        missing = {"image1", "image2"} - set(rows.fieldnames or ())
        if missing:
            raise InvalidRequest(f"{name} has no column {' and no column '.join(sorted(missing))}")
        for row in rows:
            yield _entry_or_skipped(rows.line_num, row, locate)
    except (csv.Error, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{name}, line {rows.line_num + 1}: {error}") from error
    finally:
        if not file.closed:
            text.detach()  # else the file is closed with it


def _entry_or_skipped(line: int, row: dict[str | Any, Any], locate: Locate) -> Entry | Skipped:
    if None in row:
        return Skipped(line, "the row has more fields than the file has columns")
    return entry_of_files(locate, line, {key: value for key, value in row.items() if value})


def _from_jsonl(file: BinaryIO, _name: str, locate: Locate) -> Iterator[Entry | Skipped]:
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
            yield entry_of_files(locate, line, document)
