"""`coco`: pycocotools loads every split, and finds each region in its own image's pixels."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from gateway.exports.formats.coco import CocoExporter
from gateway.exports.splits import Split, split_of
from imgdiff.objects.pixels import decode_mask
from imgdiff.records import Record
from imgdiff.views.sides import Place, views_of
from tests.gateway.exports.conftest import SmallDataset
from tests.gateway.exports.dataset import read_files, write_folder

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools, of numpy 2


@pytest.fixture
def loaded(odd: SmallDataset, tmp_path: Path) -> dict[Split, COCO]:
    """Every split as pycocotools has it; the folder of the images is `tmp_path / "out"`."""
    folder = write_folder(CocoExporter(), odd.source, tmp_path / "out")
    return {split: COCO(folder / "annotations" / f"instances_{split}.json") for split in Split}


def test_each_pair_has_an_image_entry_a_side_in_its_split(
    odd: SmallDataset, loaded: dict[Split, COCO], tmp_path: Path
) -> None:
    for record, coco, pair in _pairs(odd, loaded):
        for side, expected, pixels in zip(
            ("before", "after"), (record.image1, record.image2), odd.source.pixels(record), strict=True
        ):
            (entry,) = coco.loadImgs(pair[side])
            found = np.asarray(Image.open(tmp_path / "out" / entry.pop("file_name")))

            assert np.array_equal(found, pixels)
            assert entry == {
                "id": pair[side],
                "width": expected.width,
                "height": expected.height,
                "pair": record.id,
                "side": side,
                "asset": expected.asset,
            }


def test_each_kept_region_is_an_annotation_of_each_image_that_shows_it(
    odd: SmallDataset, loaded: dict[Split, COCO]
) -> None:
    for record, coco, pair in _pairs(odd, loaded):
        for view in views_of(record):
            annotations = coco.loadAnns(coco.getAnnIds(imgIds=pair[view.side]))

            assert [one["region"] for one in annotations] == [place.index for place in view.kept]
            for annotation, place in zip(annotations, view.kept, strict=True):
                _check_place(coco, annotation, place)
                _check_values(record, annotation, place, view.side)


def test_masks_are_those_of_the_record_and_boxes_stand_in_where_there_is_none(
    odd: SmallDataset, loaded: dict[Split, COCO]
) -> None:
    record, coco, pair = next(_pairs(odd, loaded))
    first, second, *_ = coco.loadAnns(coco.getAnnIds(imgIds=pair["before"]))
    mask = record.regions[0].mask

    assert mask is not None
    assert np.array_equal(coco.annToMask(first).astype(bool), decode_mask(mask))
    assert first["area"] == decode_mask(mask).sum()
    x, y, width, height = second["bbox"]
    inside = np.zeros((480, 640), bool)
    inside[y : y + height, x : x + width] = True
    assert np.array_equal(coco.annToMask(second).astype(bool), inside)


def test_pairs_hold_the_rest_of_the_record(odd: SmallDataset, loaded: dict[Split, COCO]) -> None:
    for record, _, pair in _pairs(odd, loaded):
        document = record.model_dump(mode="json", exclude={"image1", "image2", "regions"})

        assert {name: pair[name] for name in document} == document
        assert pair["split"] == split_of(record)


def test_categories_are_the_same_in_every_split(loaded: dict[Split, COCO]) -> None:
    found = [coco.loadCats(coco.getCatIds()) for coco in loaded.values()]

    assert found[0] == found[1] == found[2]
    assert {"id": 1, "name": "replaced dog", "supercategory": "replaced", "label": "dog"} in found[0]
    assert len({category["name"] for category in found[0]}) == len(found[0])


def test_it_is_the_same_each_time(odd: SmallDataset) -> None:
    assert read_files(CocoExporter(), odd.source) == read_files(CocoExporter(), odd.source)


def _pairs(odd: SmallDataset, loaded: dict[Split, COCO]):  # type: ignore[no-untyped-def]
    for record in odd.records:
        coco = loaded[split_of(record)]
        yield record, coco, next(pair for pair in coco.dataset["pairs"] if pair["id"] == record.id)


def _check_place(coco: COCO, annotation: dict[str, object], place: Place) -> None:
    x1, y1, x2, y2 = place.box
    mask = coco.annToMask(annotation).astype(bool)

    assert annotation["bbox"] == [x1, y1, x2 - x1, y2 - y1]
    assert annotation["area"] == mask.sum()
    assert annotation["iscrowd"] == 0
    (category,) = coco.loadCats(annotation["category_id"])
    assert (category["name"], category["supercategory"], category["label"]) == (
        place.name,
        place.region.change,
        place.label,
    )


def _check_values(record: Record, annotation: dict[str, object], place: Place, side: str) -> None:
    region = place.region
    expected = {
        "score": region.confidence,
        "difference": region.difference,
        "pair": record.id,
        "side": side,
        "change": region.change,
        "label": region.label1 if side == "before" else region.label2,
        "caption": region.caption1 if side == "before" else region.caption2,
        "text": region.text1 if side == "before" else region.text2,
        "match": region.scores.text_match1 if side == "before" else region.scores.text_match2,
        "sentence": region.caption,
        "check": region.check and region.check.outcome,
        "scores": region.scores.model_dump(mode="json"),
    }

    assert {name: annotation[name] for name in expected} == expected
