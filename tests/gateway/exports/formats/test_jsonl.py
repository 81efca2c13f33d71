"""`jsonl`: every column has one type in every row, and the paths lead to the images."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from gateway.exports.formats.jsonl import JsonlExporter, flatten
from imgdiff.records import Record
from tests.gateway.exports.conftest import SmallDataset
from tests.gateway.exports.dataset import write_folder


def test_every_row_has_the_same_columns_of_the_same_types(small: SmallDataset, record: Record) -> None:
    empty = record.model_copy(update={"caption": None, "regions": (), "metadata": None, "question": None})
    types = [{name: type(value) for name, value in _parsed(one).items()} for one in (*small.records, empty)]

    assert all(one == types[0] for one in types)
    assert set(types[0].values()) == {str, int}


def test_nothing_of_a_record_is_lost(small: SmallDataset) -> None:
    for record in small.records:
        row, document = _parsed(record), record.model_dump(mode="json")
        nested = {
            name: json.loads(row[name]) for name in ("regions", "question", "provenance", "metadata", "alignment")
        }

        assert nested == {name: document[name] for name in nested}
        assert json.loads(row["edit"]) == document["source"]["edit"]
        assert json.loads(row["scores"]) == {name: document[name] for name in ("similarity", "confidence")}


def test_the_paths_lead_to_the_images(small: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(JsonlExporter(), small.source, tmp_path / "out")
    rows = [json.loads(line) for line in (folder / "data.jsonl").read_text().splitlines()]

    assert [row["id"] for row in rows] == [record.id for record in small.records]
    for row, record in zip(rows, small.records, strict=True):
        for side, pixels in zip(("image1", "image2"), small.source.pixels(record), strict=True):
            assert np.array_equal(np.asarray(Image.open(folder / row[side])), pixels)


def _parsed(record: Record) -> dict[str, str]:
    row: dict[str, str] = json.loads(json.dumps(flatten(record)))
    return row
