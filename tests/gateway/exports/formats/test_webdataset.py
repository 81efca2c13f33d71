"""`webdataset`: the library of that name and Hugging Face `datasets` load every field and both images."""

import gc
import io
import tarfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import webdataset

from gateway.exports.companions.adding import add_companions
from gateway.exports.formats.webdataset import WebDatasetExporter
from gateway.exports.shards import ShardLimits
from gateway.exports.splits import split_of
from gateway.exports.stream import settle
from imgdiff.errors import NotFound
from tests.gateway.exports.dataset import SmallDataset, write_folder
from tests.gateway.exports.hugging_face import check_images, load
from tests.gateway.exports.rebuilding import rebuild_flat, with_second_boxes
from tests.gateway.exports.special import Special

ONE = ShardLimits(samples=1)


def _samples(folder: Path, decoder: str) -> list[dict[str, Any]]:
    """The samples of all shards as the library gives them."""
    shards = sorted(str(path) for path in folder.glob("*.tar"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the library leaves shards to the garbage collector
        samples = list(webdataset.WebDataset(shards, shardshuffle=False).decode(decoder))
        gc.collect()
    return samples


@pytest.mark.parametrize("limits", [ONE, ShardLimits()])
def test_the_library_reads_every_field_and_image(small: SmallDataset, tmp_path: Path, limits: ShardLimits) -> None:
    samples = _samples(write_folder(WebDatasetExporter(limits), small.source, tmp_path / "out"), "rgb8")
    records = {record.id: record for record in small.records}

    assert {sample["__key__"]: rebuild_flat(sample["json"]) for sample in samples} == records
    for sample in samples:
        for side, pixels in enumerate(small.source.pixels(records[sample["__key__"]]), 1):
            assert np.array_equal(sample[f"image{side}.png"], pixels)


@pytest.mark.parametrize("streaming", [False, True])
def test_datasets_reads_every_field_and_image(odd: SmallDataset, tmp_path: Path, streaming: bool) -> None:
    folder = write_folder(WebDatasetExporter(ONE), odd.source, tmp_path / "out")
    loaded = load("webdataset", tmp_path, data_dir=str(folder), streaming=streaming)
    rows = [_unwrap(row) for split in loaded.values() for row in split]

    assert {row["id"]: rebuild_flat(row) for row in rows} == {one.id: with_second_boxes(one) for one in odd.records}
    assert set(loaded) == {split_of(record) for record in odd.records}
    check_images(rows, odd.records, odd.source)


def test_datasets_finds_the_format_of_the_folder(small: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(WebDatasetExporter(), small.source, tmp_path / "out")

    assert sum(split.num_rows for split in load(folder, tmp_path).values()) == len(small.records)


def test_old_bare_and_deep_records_come_back(special: Special, tmp_path: Path) -> None:
    mixed = special.mixed()
    loaded = load(
        "webdataset", tmp_path, data_dir=str(write_folder(WebDatasetExporter(), mixed.source, tmp_path / "o"))
    )
    rows = [_unwrap(row) for split in loaded.values() for row in split]

    assert {row["id"]: rebuild_flat(row) for row in rows} == {one.id: with_second_boxes(one) for one in mixed.records}
    check_images(rows, mixed.records, mixed.source)


def test_texts_may_be_missing_in_the_first_samples(special: Special, tmp_path: Path) -> None:
    late = special.late()
    folder = write_folder(WebDatasetExporter(), late.source, tmp_path / "out")
    loaded = load("webdataset", tmp_path, data_dir=str(folder))
    rows = [_unwrap(row) for split in loaded.values() for row in split]

    assert {row["id"]: rebuild_flat(row) for row in rows} == {record.id: record for record in late.records}


def test_a_shard_is_no_larger_than_its_samples_may_be(special: Special, tmp_path: Path) -> None:
    late = special.late()
    limits = ShardLimits(size=1_000_000)
    folder = write_folder(WebDatasetExporter(limits), late.source, tmp_path / "out", images=False)

    shards = list(folder.glob("*.tar"))

    assert len(shards) >= 12
    for path in shards:
        with tarfile.open(path) as archive:
            assert sum(entry.size for entry in archive) <= limits.size


def test_a_missing_image_is_reported_before_its_shard(special: Special, tmp_path: Path) -> None:
    source = special.bare().source
    next((tmp_path / "assets").rglob(special.images[0].asset.removeprefix("sha256:"))).unlink()

    with pytest.raises(NotFound, match=special.images[0].asset):
        next(WebDatasetExporter().files(source, images=True))


def test_an_image_that_disappears_while_its_shard_is_sent_is_told_when_the_download_goes_on(
    special: Special, tmp_path: Path
) -> None:
    export = settle(WebDatasetExporter(), special.mixed().source, None, True, add_companions)
    pieces, received = export.read(), [b""]
    while b".image1.png" not in received[-1]:  # the shard has begun
        received.append(next(pieces))
    for path in (tmp_path / "assets").rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(NotFound):
        received.extend(pieces)
    again: list[bytes] = []
    with pytest.raises(NotFound):
        again.extend(export.read(start=0))

    with tarfile.open(fileobj=io.BytesIO(b"".join(received))) as archive, pytest.raises(tarfile.ReadError):
        archive.extractall(tmp_path / "cut_off", filter="data")
    assert b"missing in the asset store" in b"".join(again)


def test_two_exports_give_equal_bytes(small: SmallDataset) -> None:
    first, second = (
        [(file.path, b"".join(file.read())) for file in WebDatasetExporter(ONE).files(small.source, images=True)]
        for _ in range(2)
    )

    assert first == second


def _unwrap(row: dict[str, Any]) -> dict[str, Any]:
    """The row of a sample, with its images."""
    assert row["__key__"] == row["json"]["id"]
    return row["json"] | {"image1": row["image1.png"], "image2": row["image2.png"]}
