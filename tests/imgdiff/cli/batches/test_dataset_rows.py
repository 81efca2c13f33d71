"""Rows of Hugging Face datasets become pairs, with the bytes that they have, whatever the dataset is saved as."""

import datetime
import gc
import io
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from datasets import ClassLabel, Dataset, Features, Image, List, Sequence, Value
from PIL import Image as Pictures

from imgdiff.cli.batches.dataset_rows import Selection
from imgdiff.cli.batches.entries import Entry, Picture, Skipped
from imgdiff.cli.batches.manifests import open_manifest
from imgdiff.errors import InvalidRequest

_SAVE: dict[str, Callable[[Dataset, Path], object]] = {
    "saved": lambda rows, path: rows.save_to_disk(path),
    "pairs.parquet": lambda rows, path: rows.to_parquet(path),
    "[a].b.parquet": lambda rows, path: rows.to_parquet(path),
    "folder": lambda rows, path: (
        (path / "data").mkdir(parents=True) or rows.to_parquet(path / "data" / "train-00000-of-00001.parquet")
    ),
}


def _jpeg(number: int) -> bytes:
    file = io.BytesIO()
    Pictures.new("RGB", (8, 8), (number, 0, 0)).save(file, "JPEG", quality=37)
    return file.getvalue()


@pytest.fixture(scope="module")
def rows() -> Dataset:
    """Five pairs with captions, ids, and columns of other types."""
    columns = {
        "before": [{"bytes": _jpeg(number), "path": None} for number in range(5)],
        "after": [{"bytes": _jpeg(50 + number), "path": None} for number in range(5)],
        "caption1": ["a cup", None, "c", "d", "e"],
        "id": [10, 11, 12, 13, 14],
        "url": ["http://elsewhere/1.png"] * 5,
        "image": ["photo.png"] * 5,
        "score": [0.5, math.nan, 1.0, 1.0, 1.0],
        "kind": [0, 1, 1, 1, 1],
        "made": [datetime.datetime(2026, 1, 2, 3, 4)] * 5,  # noqa: DTZ001  as in the column
        "boxes": [[{"x": 1, "mask": b"12"}]] * 5,
        "mask": [b"12"] * 5,
        "views": [[{"bytes": _jpeg(9), "path": None}]] * 5,
    }
    types = {
        "before": Image(),
        "after": Image(),
        "caption1": Value("string"),
        "id": Value("int64"),
        "url": Value("string"),
        "image": Value("string"),
        "score": Value("float64"),
        "kind": ClassLabel(names=["removed", "replaced"]),
        "made": Value("timestamp[s]"),
        "boxes": List({"x": Value("int64"), "mask": Value("binary")}),
        "mask": Value("large_binary"),
        "views": Sequence(Image()),
    }
    return Dataset.from_dict(columns, features=Features(types))


def _read(source: Path | str, after: int = 0, **selected: str) -> list[Entry | Skipped]:
    with open_manifest(source, Selection(**selected)) as manifest:
        return list(manifest.entries(after))


def _contents(entry: Entry | Skipped) -> list[bytes]:
    assert isinstance(entry, Entry)
    return [image.read() for image in entry.images.values() if isinstance(image, Picture)]


@pytest.mark.parametrize("kind", _SAVE)
def test_rows_are_pairs_with_the_bytes_of_their_files(rows: Dataset, tmp_path: Path, kind: str) -> None:
    _SAVE[kind](rows, tmp_path / kind)
    entries = _read(tmp_path / kind)

    assert [_contents(one) for one in entries] == [[_jpeg(number), _jpeg(50 + number)] for number in range(5)]
    assert [one.line for one in entries] == [1, 2, 3, 4, 5]
    first, second = (one for one in entries[:2] if isinstance(one, Entry))
    assert first.document == {
        "custom_id": "10",
        "body": {
            "options": {
                "caption1": "a cup",
                "metadata": {
                    "url": "http://elsewhere/1.png",
                    "image": "photo.png",
                    "score": 0.5,
                    "kind": "removed",
                    "made": "2026-01-02 03:04:00",
                    "boxes": [{"x": 1}],
                },
            }
        },
    }
    assert (first.held, list(first.images)) == (len(_jpeg(0)) + len(_jpeg(50)), ["image1", "image2"])
    assert "caption1" not in second.document["body"]["options"]
    assert second.document["body"]["options"]["metadata"]["score"] is None
    assert [one.line for one in _read(tmp_path / kind, 3)] == [4, 5]


def test_columns_are_named_by_options_and_rows_without_an_id_by_their_number(rows: Dataset, tmp_path: Path) -> None:
    given = rows.remove_columns("id").rename_columns({"before": "photo", "after": "made_of_it"})
    given.with_format("numpy").save_to_disk(tmp_path / "set")
    entries = _read(tmp_path / "set", image1="made_of_it", image2="photo")

    assert _contents(entries[1]) == [_jpeg(51), _jpeg(1)]
    assert [one.document["custom_id"] for one in entries if isinstance(one, Entry)][:2] == ["row-0", "row-1"]
    (tmp_path / "set" / "A").mkdir()  # a folder of pairs needs both
    assert len(_read(tmp_path / "set", image1="photo", image2="made_of_it")) == 5


def test_a_column_may_be_named_whose_values_are_the_ids(rows: Dataset, tmp_path: Path) -> None:
    rows.save_to_disk(tmp_path / "set")
    entries = _read(tmp_path / "set", custom_id="caption1")

    assert [one.document["custom_id"] for one in entries if isinstance(one, Entry)][:3] == ["a cup", "row-1", "c"]


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # the library leaves metadata.csv open
def test_an_image_folder_is_read_with_its_metadata(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for number in range(3):
            for side in "ab":
                picture = tmp_path / "set" / split / f"{number}{side}.jpg"
                picture.parent.mkdir(parents=True, exist_ok=True)
                picture.write_bytes(_jpeg(number + 50 * (side == "b")))
        lines = "".join(f"{number}a.jpg,{number}b.jpg,c{number}\n" for number in range(3))
        metadata = tmp_path / "set" / split / "metadata.csv"
        metadata.write_text(f"image1_file_name,image2_file_name,caption1\n{lines}")

    entries = _read(tmp_path / "set", 1, split="test")
    assert [_contents(one) for one in entries] == [[_jpeg(number), _jpeg(50 + number)] for number in (1, 2)]
    assert isinstance(entries[0], Entry)
    assert entries[0].document == {"custom_id": "row-1", "body": {"options": {"caption1": "c1"}}}
    with pytest.raises(InvalidRequest, match=r"has several splits; name one with --split: train, test"):
        _read(tmp_path / "set")
    gc.collect()


def test_columns_of_text_are_paths_that_start_at_the_folder(tmp_path: Path) -> None:
    (tmp_path / "there.png").write_bytes(b"there")
    columns = {"image1": ["there.png", None, "gone.png"], "image2": [str(tmp_path / "there.png")] * 3}
    rows = Dataset.from_dict({**columns, "metadata": [{"town": "Bonn"}] * 3})
    rows.to_parquet(tmp_path / "pairs.parquet")
    rows.save_to_disk(tmp_path / "set")
    first, empty, gone = _read(tmp_path / "pairs.parquet")

    assert _contents(first) == [b"there", b"there"]
    assert isinstance(first, Entry)
    assert first.document["body"] == {"options": {"metadata": {"town": "Bonn"}}}
    assert empty == Skipped(2, "image1 of row 1 is empty")
    with pytest.raises(InvalidRequest, match="No such file"):
        _contents(gone)
    with pytest.raises(InvalidRequest, match="No such file"):
        _contents(_read(tmp_path / "set")[0])


def test_bytes_of_plain_parquet_files_are_images(tmp_path: Path) -> None:
    types = Features({"A": {"bytes": Value("binary"), "path": Value("string")}, "B": Value("binary")})
    Dataset.from_dict({"A": [{"bytes": b"1", "path": "a.png"}], "B": [b"2"]}, features=types).to_parquet(
        tmp_path / "pairs.parquet"
    )

    assert [_contents(one) for one in _read(tmp_path / "pairs.parquet")] == [[b"1", b"2"]]


@pytest.mark.parametrize(
    ("selected", "complaint"),
    [
        (
            {"image1": "none"},
            "has no column 'none'; columns with images: before, after, mask; with text, or paths: caption1, ",
        ),
        ({"image2": "score"}, "column 'score' holds neither images nor paths; columns with images: before"),
        ({"custom_id": "key"}, "has no column 'key'; columns with images: before"),
        ({"image2": "before"}, "--image1 and --image2 both name 'before'"),
        ({"split": "test"}, "has no splits; leave --split out"),
    ],
)
def test_columns_that_are_no_pair_of_images_are_refused(
    rows: Dataset, tmp_path: Path, selected: dict[str, str], complaint: str
) -> None:
    rows.save_to_disk(tmp_path / "set")

    with pytest.raises(InvalidRequest, match=complaint):
        _read(tmp_path / "set", **selected)
    rows.rename_columns({"before": "first", "image": "photo"}).to_parquet(tmp_path / "unnamed.parquet")
    with pytest.raises(InvalidRequest, match="name a column with --image1; columns with images: first, after, mask"):
        _read(tmp_path / "unnamed.parquet")


def test_an_empty_image_and_a_missing_file_cost_their_row_alone(tmp_path: Path) -> None:
    image = {"bytes": Value("binary"), "path": Value("string")}
    (tmp_path / "there.png").write_bytes(b"there")
    there, gone = ({"bytes": None, "path": str(tmp_path / f"{name}.png")} for name in ("there", "gone"))
    kept = {"bytes": b"kept", "path": "elsewhere.png"}
    columns = {"A": [kept, None, kept], "B": [there, kept, gone]}
    Dataset.from_dict(columns, features=Features({"A": image, "B": image})).to_parquet(tmp_path / "pairs.parquet")
    first, empty, last = _read(tmp_path / "pairs.parquet")

    assert _contents(first) == [b"kept", b"there"]
    assert empty == Skipped(2, "A of row 1 is empty")
    assert isinstance(last, Entry)
    assert str(last.images["image2"]) == f"B of row 2 ({tmp_path}/gone.png)"
    with pytest.raises(InvalidRequest, match="No such file"):
        _contents(last)
