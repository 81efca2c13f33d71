"""A row for readers that infer types from the first rows: every column has text, or a whole number, in every row.

Text that is missing is empty; what is nested, or missing and no text, is JSON text.
"""

import json

from gateway.exports.rows.row import Row
from imgdiff.records import Record

_JSON = json.JSONEncoder(ensure_ascii=False)
_TEXTS = ("caption", "source_caption1", "source_caption2")


def flatten(record: Record) -> dict[str, str | int]:
    """The flat row of a record."""
    row = Row.of(record)
    flat = {name: _to_cell(name, value) for name, value in row.model_dump(mode="json").items()}
    # Arrow reads a time without a fraction as a time and one with a fraction as text, so all have one.
    return flat | {"created_at": row.created_at.isoformat(timespec="microseconds")}


def _to_cell(name: str, value: object) -> str | int:
    if name in _TEXTS:
        return str(value or "")
    return value if isinstance(value, str | int) else _JSON.encode(value)
