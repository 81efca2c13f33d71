"""Exports loaded with Hugging Face `datasets`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import datasets
import numpy as np

from gateway.exports.source import Source
from imgdiff.images import decode_pixels
from imgdiff.records import Record

datasets.disable_progress_bars()
datasets.config.HF_HUB_OFFLINE = True  # of this library alone; the environment would reach the tests of other hubs


def load(builder: str | Path, tmp_path: Path, **options: Any) -> Any:
    """The dataset, with a cache below `tmp_path`."""
    return datasets.load_dataset(str(builder), cache_dir=str(tmp_path / "cache"), **options)


def rows_of(loaded: Any) -> list[dict[str, Any]]:
    """The rows of all splits, by id."""
    return sorted((row for split in loaded.values() for row in split), key=lambda row: row["id"])


def check_images(rows: Iterable[dict[str, Any]], records: Iterable[Record], source: Source) -> None:
    """Both images of every row are those of its record, pixel by pixel."""
    sides = {record.id: (record.image1, record.image2) for record in records}
    for row in rows:
        for name, side in zip(("image1", "image2"), sides[row["id"]], strict=True):
            stored = source.store.get(side.asset)
            assert np.array_equal(np.asarray(row[name]), decode_pixels(stored, "/image", source.limits))
