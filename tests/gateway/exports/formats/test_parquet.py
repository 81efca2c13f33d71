"""`parquet`: Hugging Face `datasets` loads every field with its type, and both images."""

import gc
from pathlib import Path

import datasets
import numpy as np
import pytest

from gateway.exports.formats.parquet import ParquetExporter
from gateway.exports.shards import ShardLimits
from gateway.exports.splits import split_of
from imgdiff.errors import NotFound
from tests.gateway.exports.dataset import SmallDataset, change_extent, write_folder
from tests.gateway.exports.hugging_face import check_images, load, rows_of
from tests.gateway.exports.rebuilding import rebuild, with_second_boxes
from tests.gateway.exports.special import Special

ONE = ShardLimits(samples=1)


@pytest.mark.parametrize("streaming", [False, True])
def test_every_field_and_image_comes_back(odd: SmallDataset, tmp_path: Path, streaming: bool) -> None:
    folder = write_folder(ParquetExporter(), odd.source, tmp_path / "out")
    loaded = load(folder, tmp_path, streaming=streaming)
    rows = rows_of(loaded)

    assert {row["id"]: rebuild(row) for row in rows} == {one.id: with_second_boxes(one) for one in odd.records}
    assert {row["id"]: row["split"] for row in rows} == {record.id: split_of(record) for record in odd.records}
    assert {split: {row["split"] for row in rows} for split, rows in loaded.items()} == {s: {s} for s in loaded}
    check_images(rows, odd.records, odd.source)


def test_columns_have_types(small: SmallDataset, tmp_path: Path) -> None:
    loaded = load(write_folder(ParquetExporter(), small.source, tmp_path / "out"), tmp_path)
    features = next(iter(loaded.values())).features
    region = features["regions"].feature

    assert isinstance(features["image1"], datasets.Image)
    assert isinstance(features["image2"], datasets.Image)
    assert region["box"] == region["box2"] == datasets.List(datasets.Value("int64"))
    assert region["mask"] == {"size": datasets.List(datasets.Value("int64")), "counts": datasets.Value("string")}
    assert features["edit"]["seed"] == datasets.Value("int64")
    assert features["question"]["options"] == {"A": datasets.Value("string"), "B": datasets.Value("string")}
    assert features["created_at"] == datasets.Value("timestamp[us, tz=UTC]")


def test_old_bare_and_deep_records_come_back(special: Special, tmp_path: Path) -> None:
    mixed = special.mixed()
    rows = rows_of(load(write_folder(ParquetExporter(), mixed.source, tmp_path / "out"), tmp_path))

    assert {row["id"]: rebuild(row) for row in rows} == {one.id: with_second_boxes(one) for one in mixed.records}
    check_images(rows, mixed.records, mixed.source)
    assert {np.asarray(row["image1"]).dtype for row in rows} == {np.dtype(np.uint8), np.dtype(np.uint16)}


def test_shards_are_named_by_split_number_and_count(small: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(ParquetExporter(ONE), small.source, tmp_path / "out")
    splits = [split_of(record) for record in small.records]
    names = {
        f"{split}-{number:05d}-of-{splits.count(split):05d}.parquet"
        for split in splits
        for number in range(splits.count(split))
    }

    assert {path.name for path in (folder / "data").iterdir()} == names
    rows = rows_of(load(folder, tmp_path))
    assert {row["id"]: rebuild(row) for row in rows} == {record.id: record for record in small.records}


def test_two_exports_give_equal_bytes(small: SmallDataset) -> None:
    first, second = (
        [(file.path, b"".join(file.read())) for file in ParquetExporter(ONE).files(small.source, images=True)]
        for _ in range(2)
    )

    assert first == second


def test_an_export_of_nulls_concatenates_with_another(small: SmallDataset, special: Special, tmp_path: Path) -> None:
    bare = special.bare()
    parts = [
        split
        for number, source in enumerate((bare.source, small.source))
        for split in load(write_folder(ParquetExporter(), source, tmp_path / str(number)), tmp_path).values()
    ]
    together = datasets.concatenate_datasets(parts)

    expected = {record.id: record for record in (*small.records, *bare.records)}
    assert {row["id"]: rebuild(row) for row in together} == expected


def test_columns_may_be_null_for_megabytes(special: Special, tmp_path: Path) -> None:
    late = special.late()
    folder = write_folder(ParquetExporter(), late.source, tmp_path / "out")
    rows = rows_of(load(folder, tmp_path))

    assert sum(path.stat().st_size for path in folder.rglob("*.parquet")) > 11_000_000
    assert {row["id"]: rebuild(row) for row in rows} == {record.id: record for record in late.records}


def test_without_images_their_columns_are_left_out(small: SmallDataset, tmp_path: Path) -> None:
    rows = rows_of(load(write_folder(ParquetExporter(), small.source, tmp_path / "out", images=False), tmp_path))

    assert {row["id"]: rebuild(row) for row in rows} == {record.id: record for record in small.records}
    assert not {"image1", "image2"} & set(rows[0])


def test_an_empty_dataset_has_one_empty_shard(small: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(ParquetExporter(), change_extent(small.source, through=0), tmp_path / "out")

    assert list(load(folder, tmp_path, streaming=True)["train"]) == []
    assert [path.name for path in (folder / "data").iterdir()] == ["train-00000-of-00001.parquet"]


def test_a_shard_that_is_given_up_writes_no_more(small: SmallDataset, tmp_path: Path) -> None:
    last = small.records[-1].image1.asset
    next((tmp_path / "assets").rglob(last.removeprefix("sha256:"))).unlink()

    with pytest.raises(NotFound, match=last):
        list(ParquetExporter().files(small.source, images=True))
    gc.collect()  # where the writer of the shard complains, and the test fails by its warning


def test_a_missing_image_is_reported(special: Special, tmp_path: Path) -> None:
    source = special.bare().source
    next((tmp_path / "assets").rglob(special.images[0].asset.removeprefix("sha256:"))).unlink()

    with pytest.raises(NotFound, match=special.images[0].asset):
        list(ParquetExporter().files(source, images=True))
