"""Records out of the rows of an export, so that a test compares every field."""

import json
from collections.abc import Mapping
from typing import Any

from imgdiff.records import Record
from imgdiff.views.places import find_box2

_TEXTS = ("caption", "source_caption1", "source_caption2")
_NESTED = (
    "edit",
    "scores",
    "alignment",
    "pair_changes",
    "verification",
    "regions",
    "rejected_regions",
    "reasons",
    "question",
    "provenance",
    "review",
    "metadata",
)
_SAME = (
    "id",
    "schema_version",
    "job",
    "dataset",
    "created_at",
    "verdict",
    "caption",
    "alignment",
    "pair_changes",
    "verification",
    "reasons",
    "question",
)


def rebuild(row: Mapping[str, Any]) -> Record:
    """The record of a typed row, whose open objects are JSON text."""
    provenance = dict(row["provenance"])
    for name in ("parameters", "seconds"):
        provenance[name] = json.loads(provenance[name])
    metadata = None if row["metadata"] is None else json.loads(row["metadata"])
    return _validate({**row, "provenance": provenance, "metadata": metadata})


def rebuild_flat(row: Mapping[str, Any]) -> Record:
    """The record of a flat row."""
    texts = {name: row[name] or None for name in _TEXTS}
    return _validate({**row, **texts, **{name: json.loads(row[name]) for name in _NESTED}})


def with_second_boxes(record: Record) -> Record:
    """The record as rows have it: with `box2` also in version 1."""
    regions = tuple(one.model_copy(update={"box2": find_box2(record, one)}) for one in record.regions)
    return record.model_copy(update={"regions": regions})


def _validate(row: Mapping[str, Any]) -> Record:
    source = {"kind": row["kind"], "caption1": row["source_caption1"], "caption2": row["source_caption2"]}
    sides = {
        f"image{side}": {"asset": row[f"asset{side}"], "width": row[f"width{side}"], "height": row[f"height{side}"]}
        for side in (1, 2)
    }
    document = {
        **{name: row[name] for name in _SAME},
        **sides,
        "scene": None if row["scene"] == row["asset1"] else row["scene"],  # rows fall back to image1
        **row["scores"],
        "source": source | {"edit": row["edit"]},
        "regions": [*row["regions"], *row["rejected_regions"]],
        "provenance": row["provenance"],
        "metadata": row["metadata"],
        "review": row["review"],
    }
    return Record.model_validate(document)
