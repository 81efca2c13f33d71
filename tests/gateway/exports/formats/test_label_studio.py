"""`label-studio`: its SDK accepts configuration, tasks and predictions, and reads boxes and masks as they were."""

import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gateway.exports.formats.label_studio import LabelStudioExporter
from gateway.exports.splits import split_of
from imgdiff.objects.pixels import decode_mask
from imgdiff.records import Change, Record, Verdict
from imgdiff.views.sides import Place, View, views_of
from tests.gateway.exports.conftest import SmallDataset
from tests.gateway.exports.dataset import read_files, write_folder
from tests.gateway.exports.environments import load, make_environment

LOCAL = "/data/local-files/?d="


@pytest.mark.slow  # an environment of its own
@pytest.mark.timeout(1800)
def test_the_sdk_accepts_every_task_and_reads_its_masks(odd: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(LabelStudioExporter(), odd.source, tmp_path / "out")
    python = make_environment("label-studio", "label-studio-sdk==2.1.2")
    found = load(python, "read_label_studio", folder, folder=tmp_path / "run")

    assert found["controls"]["verdict"] == sorted(Verdict)
    for name in ("regions1", "regions2", "masks1", "masks2"):
        assert found["controls"][name] == sorted(Change)
    for record, task in zip(odd.records, found["tasks"], strict=True):
        _check_data(record, task["task"])
        assert task["fits"]
        assert task["errors"] == []
        assert task["prediction"]["score"] == (record.confidence or 0.0)  # the SDK's value for none
        _check_results(record, task["prediction"]["result"])
        assert task["masks"] == {
            f"r{place.index}-{number}-mask": hashlib.sha256(decode_mask(place.mask).tobytes()).hexdigest()
            for number, view in enumerate(views_of(record), 1)
            for place in view.kept
            if place.mask is not None
        }


def test_the_addresses_lead_to_the_images(odd: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(LabelStudioExporter(), odd.source, tmp_path / "out")
    tasks = json.loads((folder / "tasks.json").read_text())

    for record, task in zip(odd.records, tasks, strict=True):
        _check_data(record, task["data"])
        _check_results(record, task["predictions"][0]["result"])
        for name, pixels in zip(("image1", "image2"), odd.source.pixels(record), strict=True):
            assert np.array_equal(np.asarray(Image.open(folder / task["data"][name].removeprefix(LOCAL))), pixels)


def test_it_is_the_same_each_time(odd: SmallDataset) -> None:
    assert read_files(LabelStudioExporter(), odd.source) == read_files(LabelStudioExporter(), odd.source)


def _check_data(record: Record, data: dict[str, Any]) -> None:
    document = record.model_dump(mode="json")
    for image in ("image1", "image2"):
        assert data[image].startswith(f"{LOCAL}images/")
        assert data[image.replace("image", "asset")] == document.pop(image)["asset"]
    regions, caption = document.pop("regions"), document.pop("caption")

    assert data["rejected"] == [region for region in regions if not region["kept"]]
    assert data["caption"] == (caption or "")
    assert data["split"] == split_of(record)
    assert {name: data[name] for name in document} == document


def _check_results(record: Record, results: list[dict[str, Any]]) -> None:
    by_type = defaultdict(list)
    for result in results:
        by_type[result["type"]].append(result)
    before, after = views_of(record)
    shown = [(number, view, place) for number, view in ((1, before), (2, after)) for place in view.kept]
    both = {place.index for place in before.kept} & {place.index for place in after.kept}

    assert [one["value"]["choices"] for one in by_type["choices"]] == [[record.verdict]]
    for (number, view, place), result in zip(shown, by_type["rectanglelabels"], strict=True):
        _check_rectangle(number, view, place, result)
    sentences = {one["id"]: one["value"]["text"] for one in by_type["textarea"]}
    assert sentences.pop("caption", None) == ([record.caption] if record.caption else None)
    assert sentences == {
        f"r{place.index}-{number}": [place.region.caption] for number, _, place in shown if place.region.caption
    }
    assert [(one["from_id"], one["to_id"]) for one in by_type["relation"]] == [
        (f"r{index}-1", f"r{index}-2") for index in sorted(both)
    ]


def _check_rectangle(number: int, view: View, place: Place, result: dict[str, Any]) -> None:
    value, image = result["value"], view.image
    across = value["x"] * image.width / 100, (value["x"] + value["width"]) * image.width / 100
    down = value["y"] * image.height / 100, (value["y"] + value["height"]) * image.height / 100

    assert (across[0], down[0], across[1], down[1]) == pytest.approx(place.box)
    assert (result["original_width"], result["original_height"]) == (image.width, image.height)
    assert (result["to_name"], result["from_name"]) == (f"image{number}", f"regions{number}")
    assert value["rectanglelabels"] == [place.region.change]
    assert result.get("score") == place.region.confidence
    assert result["meta"]["text"] == [text for text in (place.label, place.caption, place.text) if text]
