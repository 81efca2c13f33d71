"""`Dataset.map` adds what a gateway finds, in columns of fixed types, and survives pairs that fail."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import datasets
import numpy as np
import pytest
from datasets import Dataset, Features, Image, Value, load_from_disk
from PIL import Image as Pillow

from imgdiff.integrations.arrow import arrow_schema
from imgdiff.integrations.huggingface import ComparePairs
from tests.imgdiff.conftest import RECORD_ID, SmallGateway

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def no_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()


def _dataset(folder: Path, rows: int) -> Dataset:
    """Pairs of which the first half fails: its second image is missing."""
    path = folder / "photo.png"
    Pillow.fromarray(np.zeros((4, 5, 3), np.uint8)).save(path)
    features = Features({"name": Value("string"), "before": Image(), "after": Image()})
    after = [None if row < rows // 2 else str(path) for row in range(rows)]
    columns = {"name": [str(row) for row in range(rows)], "before": [str(path)] * rows, "after": after}
    return Dataset.from_dict(columns, features=features)


@pytest.mark.parametrize("decode", [True, False])
def test_map_adds_columns_of_fixed_types(gateway: SmallGateway, tmp_path: Path, decode: bool) -> None:
    dataset = _dataset(tmp_path, 6)
    dataset = dataset.cast_column("before", Image(decode=decode)).cast_column("after", Image(decode=decode))
    compare = ComparePairs("before", "after", url=gateway.url)
    found = dataset.map(compare, batched=True, batch_size=2, features=compare.features(dataset.features))

    assert found["name"][:] == dataset["name"][:]
    assert found.features["before"] == dataset.features["before"]
    assert found["diff_problem"][:] == ["invalid-image"] * 3 + [None] * 3
    assert found["diff_record"][:] == [None] * 3 + [RECORD_ID] * 3
    assert found[5]["diff_regions"][0]["box"] == [10, 20, 110, 220]
    assert json.loads(found[5]["diff_document"])["id"] == RECORD_ID
    assert (
        found.features.arrow_schema.field("diff_regions").type
        == arrow_schema("diff_", "huggingface").field("diff_regions").type
    )


def test_files_are_sent_as_they_are_where_the_column_is_not_decoded(gateway: SmallGateway, tmp_path: Path) -> None:
    dataset = _dataset(tmp_path, 1).cast_column("before", Image(decode=False)).remove_columns("after")
    compare = ComparePairs("before", "before", url=gateway.url)
    dataset.map(compare, batched=True, features=compare.features(dataset.features))

    (body,) = (body for body in gateway.bodies if b"image1" in body)
    assert body.count((tmp_path / "photo.png").read_bytes()) == 2


def test_two_processes_compare_and_the_second_run_comes_from_the_cache(gateway: SmallGateway, tmp_path: Path) -> None:
    dataset = _dataset(tmp_path, 4)
    dataset.save_to_disk(tmp_path / "stored")
    stored = load_from_disk(tmp_path / "stored")
    for _ in range(2):
        compare = ComparePairs("before", "after", url=gateway.url)
        found = stored.map(compare, batched=True, num_proc=2, features=compare.features(stored.features))

    assert found["diff_record"][:] == [None, None, RECORD_ID, RECORD_ID]
    assert len(gateway.jobs) == 2


def test_columns_that_lack_or_clash_are_named(tmp_path: Path) -> None:
    features = _dataset(tmp_path, 1).features

    with pytest.raises(ValueError, match="no column 'image1'; its columns are name, before, after"):
        ComparePairs().features(features)
    with pytest.raises(ValueError, match="has a column 'diff_caption' already"):
        ComparePairs("before", "after").features(Features({**features, "diff_caption": Value("string")}))


def test_the_example_saves_a_dataset(gateway: SmallGateway, tmp_path: Path) -> None:
    before, after = ROOT / "examples/before.jpg", ROOT / "examples/after.jpg"
    (tmp_path / "pairs.csv").write_text(f"image1,image2\n{before},{after}\n{before},{tmp_path}/absent.jpg\n")
    command = [sys.executable, ROOT / "examples/integrations/hugging_face.py", "pairs.csv", "answers"]
    environment = os.environ | {"IMGDIFF_URL": gateway.url, "HF_HOME": str(tmp_path)}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)

    assert load_from_disk(tmp_path / "answers")["diff_problem"][:] == [None, "invalid-image"]
