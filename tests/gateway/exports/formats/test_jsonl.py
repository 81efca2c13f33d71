"""`jsonl`: every column has one type in every row, the paths lead to the images, and `datasets` loads it."""

from pathlib import Path

import numpy as np
from PIL import Image

from gateway.exports.formats.jsonl import JsonlExporter
from tests.gateway.exports.dataset import SmallDataset, write_folder
from tests.gateway.exports.hugging_face import load
from tests.gateway.exports.rebuilding import rebuild_flat, with_second_boxes
from tests.gateway.exports.special import Special


def _load(tmp_path: Path, *exports: SmallDataset) -> list[dict[str, str]]:
    """The rows of several exports that are loaded together, in their order."""
    files = [
        str(write_folder(JsonlExporter(), one.source, tmp_path / str(number), images=False) / "data.jsonl")
        for number, one in enumerate(exports)
    ]
    loaded = load("json", tmp_path, data_files=files, split="train")
    assert {feature.dtype for feature in loaded.features.values()} == {"string", "int64"}
    return list(loaded)


def test_every_field_comes_back(odd: SmallDataset, tmp_path: Path) -> None:
    assert [rebuild_flat(row) for row in _load(tmp_path, odd)] == [with_second_boxes(one) for one in odd.records]


def test_old_bare_and_deep_records_come_back(special: Special, tmp_path: Path) -> None:
    mixed = special.mixed()

    assert [rebuild_flat(row) for row in _load(tmp_path, mixed)] == [with_second_boxes(one) for one in mixed.records]


def test_two_exports_load_together(small: SmallDataset, special: Special, tmp_path: Path) -> None:
    bare = special.bare()

    assert [rebuild_flat(row) for row in _load(tmp_path, bare, small)] == [*bare.records, *small.records]


def test_texts_may_be_missing_for_megabytes(special: Special, tmp_path: Path) -> None:
    late = special.late()

    assert [rebuild_flat(row) for row in _load(tmp_path, late)] == late.records
    assert (tmp_path / "0" / "data.jsonl").stat().st_size > 11_000_000


def test_the_paths_lead_to_the_images(small: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(JsonlExporter(), small.source, tmp_path / "out")
    rows = load("json", tmp_path, data_files=str(folder / "data.jsonl"), split="train")

    assert [row["id"] for row in rows] == [record.id for record in small.records]
    for row, record in zip(rows, small.records, strict=True):
        for side, pixels in zip(("image1", "image2"), small.source.pixels(record), strict=True):
            assert np.array_equal(np.asarray(Image.open(folder / row[side])), pixels)


def test_two_exports_give_equal_bytes(small: SmallDataset) -> None:
    first, second = (
        [(file.path, b"".join(file.read())) for file in JsonlExporter().files(small.source, images=True)]
        for _ in range(2)
    )

    assert first == second
