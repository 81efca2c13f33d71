"""`croissant.json` of every format is valid, and mlcroissant reads the records back by it."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlcroissant
import numpy as np
import pytest

from gateway.exports.catalogue import EXPORTERS, find_exporter
from gateway.exports.rows.flat import flatten
from gateway.exports.splits import split_of
from imgdiff.datasets import Rejections
from imgdiff.records import Record
from imgdiff.views.places import find_box2
from tests.gateway.exports.dataset import SmallDataset, write_folder

RECOMMENDED = ("citeAs", "version", "datePublished")  # which an export may not have
pytestmark = pytest.mark.filterwarnings(  # of mlcroissant's use of its libraries
    "ignore:ConjunctiveGraph is deprecated:DeprecationWarning",
    "ignore:The inplace keyword in DataFrame.reset_index is deprecated:DeprecationWarning",
)
WITHOUT_TABLES = {"cvat", "webdataset"}  # whose files mlcroissant does not read


def _open(folder: Path) -> Any:
    return mlcroissant.Dataset(str(folder / "croissant.json"))


def _read(dataset: Any, table: str) -> list[dict[str, Any]]:
    """The records of a table, with the names of its fields alone and texts as text."""
    return [_shorten(record) for record in dataset.records(table)]


def _shorten(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.rpartition("/")[2]: _shorten(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_shorten(one) for one in value]
    return value.decode() if isinstance(value, bytes) else value


@pytest.mark.parametrize("name", EXPORTERS)
def test_it_is_valid_and_every_table_is_read_back(small: SmallDataset, tmp_path: Path, name: str) -> None:
    dataset = _open(write_folder(find_exporter(name), small.source, tmp_path / name))
    issues, known = dataset.metadata.ctx.issues, {record.id for record in small.records}
    tables = [one.id for one in dataset.metadata.record_sets if one.id != "pictures"]

    assert issues.errors == set()
    assert [one for one in issues.warnings if not any(name in one for name in RECOMMENDED)] == []
    assert bool(tables) == (name not in WITHOUT_TABLES)
    for table in tables:
        rows = _read(dataset, table)
        assert {row.get("record_id") or _record_of(row) for row in rows} <= known
        assert rows


def test_it_says_how_the_data_were_made(small: SmallDataset, tmp_path: Path) -> None:
    rejections = Rejections(pairs={"edit.not_found": 3}, attempts={})
    source = replace(small.source, rejections=rejections)
    metadata = _open(write_folder(find_exporter("jsonl"), source, tmp_path / "out", images=False)).metadata

    assert "3 pairs had been rejected without a record" in metadata.data_collection_missing_data
    assert metadata.data_preprocessing_protocol == ["Gate region.too_similar fires above 0.85; threshold of the paper."]
    assert any("1 unique replacement pairs" in text for text in metadata.data_annotation_analysis)
    assert metadata.machine_annotation_tools
    assert set(metadata.data_collection_timeframe) == {record.created_at for record in small.records}


def test_without_images_it_names_none(small: SmallDataset, tmp_path: Path) -> None:
    for name in ("parquet", "jsonl"):
        dataset = _open(write_folder(find_exporter(name), small.source, tmp_path / name, images=False))

        assert [one.id for one in dataset.metadata.record_sets] == ["pairs"]
        assert len(_read(dataset, "pairs")) == len(small.records)


def _record_of(row: dict[str, Any]) -> Any:
    """The id of the record that a row is of; `record` holds it, or the whole document."""
    found = row.get("record", row["id"])
    return json.loads(found)["id"] if found.startswith("{") else found


@pytest.mark.parametrize("name", ["jsonl", "imagefolder"])
def test_flat_rows_come_back(odd: SmallDataset, tmp_path: Path, name: str) -> None:
    dataset = _open(write_folder(find_exporter(name), odd.source, tmp_path / name))
    rows = {row["id"]: row for row in _read(dataset, "pairs")}
    pictures = {row["fullpath"]: row["content"] for row in _read(dataset, "pictures")}

    assert set(rows) == {record.id for record in odd.records}
    for record in odd.records:
        expected, row = flatten(record), rows[record.id]
        assert row.pop("created_at").isoformat(timespec="microseconds") == expected.pop("created_at")
        assert {key: row[key] for key in expected} == expected
        path = row["image1"] if name == "jsonl" else f"{row['split']}/{row['image1_file_name']}"
        assert pictures[path].size == (record.image1.width, record.image1.height)


def test_typed_rows_come_back_with_images_and_regions(odd: SmallDataset, tmp_path: Path) -> None:
    dataset = _open(write_folder(find_exporter("parquet"), odd.source, tmp_path / "parquet"))
    rows = {row["id"]: row for row in _read(dataset, "pairs")}

    assert set(rows) == {record.id for record in odd.records}
    for record in odd.records:
        row = rows[record.id]
        assert (row["verdict"], row["caption"], row["split"]) == (record.verdict, record.caption, split_of(record))
        assert (row["created_at"].to_pydatetime(), row["width1"]) == (record.created_at, record.image1.width)
        assert row["scores"] == {"similarity": record.similarity, "confidence": record.confidence}
        assert _regions(row["regions"]) == _expected(record)
        assert row["image1"].size == (record.image1.width, record.image1.height)
        edit = record.source.edit
        assert row["edit"]["seed"] == (None if edit is None else edit.seed)


def _regions(rows: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (row["change"], _box(row["box"]), _box(row["box2"]), row["label1"], row["caption"], row["difference"])
        for row in rows
    ]


def _expected(record: Record) -> list[tuple[Any, ...]]:
    return [
        (one.change, one.box, find_box2(record, one), one.label1, one.caption, one.difference)
        for one in record.regions
        if one.kept
    ]


def _box(value: Any) -> tuple[int, ...] | None:
    return None if value is None else tuple(np.asarray(value).tolist())
