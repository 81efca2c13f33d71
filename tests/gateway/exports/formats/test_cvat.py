"""`cvat`: Datumaro loads every frame, box, mask and attribute."""

import hashlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from gateway.exports.formats.cvat import CvatExporter
from gateway.exports.splits import split_of
from imgdiff.objects.pixels import decode_mask
from imgdiff.records import Record
from imgdiff.views.sides import Place, views_of
from tests.gateway.exports.conftest import ODD_CAPTION, SmallDataset
from tests.gateway.exports.dataset import read_files, write_folder
from tests.gateway.exports.environments import load, make_environment


@pytest.mark.slow  # an environment of its own
@pytest.mark.timeout(1800)
def test_datumaro_loads_every_frame_and_shape(odd: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(CvatExporter(), odd.source, tmp_path / "out")
    frames = load(make_environment("cvat", "datumaro==1.13.12"), "read_cvat", folder, folder=tmp_path / "run")

    assert len(frames) == 2 * len(odd.records)
    for record, pair in zip(odd.records, zip(frames[::2], frames[1::2], strict=True), strict=True):
        for view, frame, pixels in zip(views_of(record), pair, odd.source.pixels(record), strict=True):
            tag, *shapes = sorted(frame["annotations"], key=lambda one: one["type"] != "label")

            assert frame["id"] == f"{record.id}_{view.side}"
            assert frame["size"] == [view.image.height, view.image.width]
            assert frame["pixels"] == hashlib.sha256(pixels.tobytes()).hexdigest()
            assert tag["label"] == record.verdict
            assert Record.model_validate_json(tag["attributes"].pop("record")) == record
            assert tag["attributes"] == {
                "pair": record.id,
                "side": view.side,
                "split": split_of(record),
                "caption": _allow(record.caption),
            }
            assert shapes == [_expect(place) for place in view.kept]


def _expect(place: Place) -> dict[str, Any]:
    region, mask = place.region, place.mask
    x1, y1, x2, y2 = place.box
    shape = (
        {"type": "bbox", "box": [x1, y1, x2 - x1, y2 - y1]}
        if mask is None
        else {"type": "mask", "pixels": hashlib.sha256(decode_mask(mask).astype("u1").tobytes()).hexdigest()}
    )
    attributes = {
        "region": str(place.index),
        "label": place.label or "",
        "caption": place.caption or "",
        "text": place.text or "",
        "sentence": region.caption or "",
        "difference": str(region.difference),
        "confidence": "" if region.confidence is None else str(region.confidence),
        "occluded": False,
    }
    return {**shape, "label": region.change, "attributes": attributes}


def _allow(caption: str | None) -> str:
    """What XML can express of a caption."""
    return (caption or "").replace("\x0b", "\ufffd")


def test_every_frame_has_the_image_of_its_side(odd: SmallDataset) -> None:
    files = dict(read_files(CvatExporter(), odd.source))
    frames = _parse(files.pop("annotations.xml")).findall("image")

    assert [f"images/{frame.get('name')}" for frame in frames] == list(files)
    assert [frame.get("id") for frame in frames] == [str(number) for number in range(len(frames))]


def test_characters_that_xml_forbids_are_replaced(odd: SmallDataset) -> None:
    document = dict(read_files(CvatExporter(), odd.source))["annotations.xml"]
    captions = [one.text for one in _parse(document).iter("attribute") if one.get("name") == "caption"]

    assert _allow(ODD_CAPTION) in captions


def _parse(document: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(document)  # noqa: S314  it is our own


def test_it_is_the_same_each_time(odd: SmallDataset) -> None:
    assert read_files(CvatExporter(), odd.source) == read_files(CvatExporter(), odd.source)
