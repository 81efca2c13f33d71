"""`imagefolder`: Hugging Face `datasets` loads both images of a row as images, and text that is never null."""

from pathlib import Path

import datasets

from gateway.exports.formats.imagefolder import ImageFolderExporter
from gateway.exports.splits import split_of
from tests.gateway.exports.dataset import SmallDataset, write_folder
from tests.gateway.exports.hugging_face import check_images, load, rows_of
from tests.gateway.exports.rebuilding import rebuild_flat, with_second_boxes
from tests.gateway.exports.special import Special


def test_every_field_and_image_comes_back(odd: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(ImageFolderExporter(), odd.source, tmp_path / "out")
    loaded = load("imagefolder", tmp_path, data_dir=str(folder))
    rows = rows_of(loaded)

    assert {row["id"]: rebuild_flat(row) for row in rows} == {one.id: with_second_boxes(one) for one in odd.records}
    assert {split: {row["split"] for row in rows} for split, rows in loaded.items()} == {
        split: {split} for split in map(split_of, odd.records)
    }
    check_images(rows, odd.records, odd.source)


def test_both_images_are_images_and_the_rest_is_text_or_whole_numbers(small: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(ImageFolderExporter(), small.source, tmp_path / "out")
    features = next(iter(load("imagefolder", tmp_path, data_dir=str(folder)).values())).features
    others = {name: feature.dtype for name, feature in features.items() if name not in ("image1", "image2")}

    assert isinstance(features["image1"], datasets.Image)
    assert isinstance(features["image2"], datasets.Image)
    assert set(others.values()) == {"string", "int64"}


def test_old_bare_and_deep_records_come_back(special: Special, tmp_path: Path) -> None:
    mixed = special.mixed()
    folder = write_folder(ImageFolderExporter(), mixed.source, tmp_path / "out")
    rows = rows_of(load("imagefolder", tmp_path, data_dir=str(folder)))

    assert {row["id"]: rebuild_flat(row) for row in rows} == {one.id: with_second_boxes(one) for one in mixed.records}
    check_images(rows, mixed.records, mixed.source)


def test_texts_may_be_missing_for_megabytes(special: Special, tmp_path: Path) -> None:
    late = special.late()
    folder = write_folder(ImageFolderExporter(), late.source, tmp_path / "out")
    rows = rows_of(load("imagefolder", tmp_path, data_dir=str(folder)))

    assert sum(path.stat().st_size for path in folder.rglob("metadata.jsonl")) > 11_000_000
    assert {row["id"]: rebuild_flat(row) for row in rows} == {record.id: record for record in late.records}


def test_each_image_is_stored_once_in_a_split(small: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(ImageFolderExporter(), small.source, tmp_path / "out")
    wanted = {(split_of(one), side.asset) for one in small.records for side in (one.image1, one.image2)}

    assert len(list(folder.rglob("*.png"))) == len(wanted)


def test_two_exports_give_equal_bytes(small: SmallDataset) -> None:
    first, second = (
        [(file.path, b"".join(file.read())) for file in ImageFolderExporter().files(small.source, images=True)]
        for _ in range(2)
    )

    assert first == second
