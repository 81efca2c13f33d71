"""Exports load with version 3 of Hugging Face `datasets`, which lives in an environment of its own."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.exports.catalogue import find_exporter
from imgdiff.images import decode_pixels
from imgdiff.records import Record
from tests.gateway.exports.dataset import SmallDataset, write_folder
from tests.gateway.exports.rebuilding import rebuild, rebuild_flat, with_second_boxes
from tests.gateway.exports.special import Special

REQUIREMENTS = ("datasets==3.6.0", "pillow", "tzdata")
READER = Path(__file__).with_name("older_reader.py")
FORMATS = ("jsonl", "parquet", "imagefolder", "webdataset")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # an environment of 300 MB is made


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the older version."""
    folder = tmp_path_factory.mktemp("older")
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
    return python


@pytest.mark.parametrize("format_", FORMATS)
def test_every_field_and_image_comes_back(
    small: SmallDataset, special: Special, tmp_path: Path, python: Path, format_: str
) -> None:
    mixed = special.mixed()
    folders = [
        write_folder(find_exporter(format_), one.source, tmp_path / str(number))
        for number, one in enumerate((small, mixed))
    ]
    output = subprocess.check_output([python, READER, format_, tmp_path / "cache", *folders], text=True)
    version, *lines = output.splitlines()
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    expected = {one.id: with_second_boxes(one) for one in (*small.records, *mixed.records)}
    read = rebuild if format_ == "parquet" else rebuild_flat

    assert version == "3.6.0"
    assert {row["id"]: read(row) for row in rows} == expected
    if format_ != "jsonl":
        assert {row["id"]: row["pixels"] for row in rows} == {
            id_: _digests(small, one) for id_, one in expected.items()
        }


def _digests(dataset: SmallDataset, record: Record) -> list[str]:
    stored = (dataset.source.store.get(side.asset) for side in (record.image1, record.image2))
    pixels = (decode_pixels(data, "/image", dataset.source.limits) for data in stored)
    return [hashlib.sha256(one.tobytes()).hexdigest() for one in pixels]
