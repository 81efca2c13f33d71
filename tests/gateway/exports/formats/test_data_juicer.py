"""`data-juicer`: its formatter loads every key with one type, and one of its filters opens the images."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from benchmarks.peers.peer import REQUIREMENTS
from gateway.exports.formats.data_juicer import END, IMAGE, DataJuicerExporter
from gateway.exports.splits import split_of
from gateway.store.database import Database
from imgdiff.records import Record
from imgdiff.views.sides import View, views_of
from tests.gateway.exports.conftest import SmallDataset
from tests.gateway.exports.dataset import open_source, read_files, write_folder
from tests.gateway.exports.environments import load, make_environment

Store = Callable[[Database, Record], Record]


@pytest.mark.slow  # an environment of its own, of 2 GB
@pytest.mark.timeout(1800)
def test_data_juicer_loads_every_key_and_filters_by_the_images(odd: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(DataJuicerExporter(), odd.source, tmp_path / "out")
    found = load(make_environment("data-juicer", *REQUIREMENTS), "read_data_juicer", folder, folder=tmp_path / "run")

    assert "null" not in str(found["features"])
    assert set(found["images"]) == {2}
    assert set(found["chunks"]) == {1}
    for record, sample in zip(odd.records, found["samples"], strict=True):
        _check(record, sample, folder)
    wide = {one.id: one for one in odd.records if max(one.image1.width, one.image2.width) > 640}
    assert found["wide"] == {
        name: {
            "image_width": [one.image1.width, one.image2.width],
            "image_height": [one.image1.height, one.image2.height],
        }
        for name, one in wide.items()
    }


def test_every_line_has_all_keys_and_the_paths_lead_to_the_images(odd: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(DataJuicerExporter(), odd.source, tmp_path / "out")
    samples = [json.loads(line) for line in (folder / "data.jsonl").read_text().split("\n")[:-1]]

    for record, sample in zip(odd.records, samples, strict=True):
        assert list(sample) == list(samples[0])
        _check(record, sample, Path())
        for path, pixels in zip(sample["images"], odd.source.pixels(record), strict=True):
            assert np.array_equal(np.asarray(Image.open(folder / path)), pixels)


def test_the_first_line_has_an_element_in_every_list(odd: SmallDataset, store_record: Store) -> None:
    """Readers infer the types of lists from the first lines."""
    database = odd.source.database
    moved = [one.model_copy(update={"dataset": "late"}) for one in (odd.records[2], odd.records[4], odd.records[0])]
    stored = [store_record(database, one) for one in moved]
    source = open_source(database, odd.source.store, "late")
    lines = dict(read_files(DataJuicerExporter(), source))["data.jsonl"].split(b"\n")[:-1]

    assert [json.loads(line)["id"] for line in lines] == [stored[at].id for at in (2, 0, 1)]
    assert all(json.loads(lines[0])["__dj__meta__"].values())


def test_it_is_the_same_each_time(odd: SmallDataset) -> None:
    assert read_files(DataJuicerExporter(), odd.source) == read_files(DataJuicerExporter(), odd.source)


def _check(record: Record, sample: dict[str, Any], folder: Path) -> None:
    before, after = views_of(record)
    text = sample["text"]

    assert text.startswith(f"{IMAGE} {IMAGE} ")
    assert text.endswith(f" {END}")
    assert text[len(IMAGE) * 2 + 2 : -len(END) - 1].replace("< ", "<") == (record.caption or "").replace("< ", "<")
    assert Record.model_validate_json(sample["record"]) == record
    assert (sample["id"], sample["split"], sample["verdict"]) == (record.id, split_of(record), record.verdict)
    assert (sample["caption1"], sample["caption2"]) == (record.source.caption1 or "", record.source.caption2 or "")
    assert sample["images"] == [str(folder / sample["image_path1"]), str(folder / sample["image_path2"])]
    there = {place.index: place for place in after.kept}
    both = [(place, there[place.index]) for place in before.kept if place.index in there]
    assert sample["__dj__meta__"] == {
        "__dj__bbox__": [_centred(one.box) for one, _ in both],
        "region_caption1": [one.region.caption1 or "" for one, _ in both],
        "region_caption2": [one.region.caption2 or "" for one, _ in both],
        "bbox_difference_captions": [one.region.caption or "" for one, _ in both],
    }
    for view, name in ((before, "regions1"), (after, "regions2")):
        _check_regions(view, sample[name])


def _check_regions(view: View, found: dict[str, list[Any]]) -> None:
    expected = [
        {
            "region": place.index,
            "bbox": list(place.box),
            "change": place.region.change,
            "difference": place.region.difference,
            "label": place.label or "",
            "caption": place.caption or "",
            "sentence": place.region.caption or "",
            "mask": place.mask and place.mask.model_dump(mode="json"),
        }
        for place in view.kept
    ]
    rows = [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]

    assert [{**row, "mask": json.loads(row["mask"])} for row in rows] == expected


def _centred(box: tuple[int, int, int, int]) -> list[float]:
    return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1]]
