"""`fiftyone`: FiftyOne loads every group, sample and detection, and declared fields can be queried."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gateway.exports.formats.fiftyone import FiftyOneExporter
from gateway.exports.splits import split_of
from imgdiff.objects.pixels import decode_mask
from imgdiff.records import Edit, Mask, Record, RecordImage
from imgdiff.views.sides import Place, View, views_of
from tests.gateway.exports.conftest import SmallDataset
from tests.gateway.exports.dataset import read_files, write_folder
from tests.gateway.exports.environments import FIFTYONE, load, make_environment


@pytest.mark.slow  # an environment of its own
@pytest.mark.timeout(1800)
def test_fiftyone_loads_every_group_and_detection(odd: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(FiftyOneExporter(), odd.source, tmp_path / "out")
    found = load(make_environment("fiftyone", *FIFTYONE), "read_fiftyone", folder, folder=tmp_path / "run")
    samples = {(one["record_id"], one["side"]): one for one in found["samples"]}

    assert found["media_type"] == "group"
    assert found["groups"] == {record.id: ["after", "before"] for record in odd.records}
    assert len(samples) == 2 * len(odd.records)
    for record in odd.records:
        for view, known, pixels in zip(views_of(record), _known(record), odd.source.pixels(record), strict=True):
            sample = samples[record.id, view.side]
            _check_sample(record, view, known, sample)
            assert np.array_equal(np.asarray(Image.open(folder / sample["path"])), pixels)
    shown = [place for record in odd.records for place in views_of(record)[0].kept]
    assert found["nouns"] == Counter(str(place.label) for place in shown)


def test_identifiers_are_unique_and_follow_from_the_records(odd: SmallDataset) -> None:
    files = dict(read_files(FiftyOneExporter(), odd.source))
    identifiers = list(_identifiers(json.loads(files["samples.json"])))
    groups = Counter(identifiers)

    assert all(len(bytes.fromhex(one)) == 12 for one in identifiers)
    assert set(groups.values()) == {1, 2}
    assert [count for count in groups.values() if count == 2] == [2] * len(odd.records)


def test_it_is_the_same_each_time(odd: SmallDataset) -> None:
    assert read_files(FiftyOneExporter(), odd.source) == read_files(FiftyOneExporter(), odd.source)


def _known(record: Record) -> tuple[str | None, str | None]:
    return record.source.caption1, record.source.caption2


def _identifiers(value: Any) -> Iterator[str]:
    """Every object identifier in a document; that of a group is in both of its samples."""
    if isinstance(value, dict):
        if "$oid" in value:
            yield value["$oid"]
        for one in value.values():
            yield from _identifiers(one)
    if isinstance(value, list):
        for one in value:
            yield from _identifiers(one)


def _check_sample(record: Record, view: View, known: str | None, sample: dict[str, Any]) -> None:
    expected = {
        "tags": [split_of(record)],
        "size": [view.image.width, view.image.height],
        "verdict": [record.verdict, record.confidence],
        "asset": view.image.asset,
        "caption": record.caption,
        "known_caption": known,
        "similarity": record.similarity,
    }

    assert {name: sample[name] for name in expected} == expected
    assert Record.model_validate_json(sample["record"]) == record
    assert sample["regions"] == [_expect(place, view.image) for place in view.kept]
    assert sample["rejected"] == [_expect(place, view.image) for place in view.rejected]
    edit = record.source.edit
    assert sample["edit"] == (edit and _expect_edit(edit, view.image))


def _expect(place: Place, image: RecordImage) -> dict[str, Any]:
    region = place.region
    return {
        **_expect_place(place.box, place.mask, image),
        "label": region.change,
        "confidence": region.confidence,
        "index": place.index,
        "noun": place.label,
        "caption": place.caption,
        "text": place.text,
        "sentence": region.caption,
        "difference": region.difference,
        "match": place.match,
        "crop_similarity": region.scores.crop_similarity,
        "caption_similarity": region.scores.caption_similarity,
        "check": region.check and region.check.outcome,
        "reasons": [reason.code for reason in region.reasons],
    }


def _expect_edit(edit: Edit, image: RecordImage) -> list[dict[str, Any]]:
    return [
        {
            **_expect_place(box, edit.mask, image),
            "label": edit.operation,
            "confidence": None,
            "index": at,
            "seed": edit.seed,
            "before": edit.before,
            "after": edit.after,
        }
        for at, box in enumerate(edit.boxes)
    ]


def _expect_place(box: tuple[int, int, int, int], mask: Mask | None, image: RecordImage) -> dict[str, Any]:
    x1, y1, x2, y2 = box
    width, height = image.width, image.height
    inside = None if mask is None or mask.size != (height, width) else decode_mask(mask)[y1:y2, x1:x2]
    return {
        "bounding_box": [x1 / width, y1 / height, (x2 - x1) / width, (y2 - y1) / height],
        "mask": inside if inside is None else hashlib.sha256(np.ascontiguousarray(inside).tobytes()).hexdigest(),
        "shape": inside if inside is None else list(inside.shape),
        "attributes": {},
        "mask_path": None,
        "tags": [],
    }
