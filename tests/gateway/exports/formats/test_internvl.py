"""`internvl`: lines that InternVL's trainer accepts, with boxes as its models write them; transformers loads them."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import tests.fitting_torchvision
from gateway.exports.formats.internvl import InternvlExporter
from gateway.exports.pictures import encode_jpeg
from gateway.exports.samples import LETTER
from gateway.exports.splits import Split, split_of
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from imgdiff.images import RGB, mark_box
from imgdiff.records import Record
from imgdiff.whole_pair import PairChange, PairChangeKind
from tests.gateway.exports.conftest import SmallDataset
from tests.gateway.exports.dataset import draw_image, open_source, store_image, write_folder

TORCHVISION = tests.fitting_torchvision.KEPT  # before anything imports it

from transformers import (  # noqa: E402
    GotOcr2ImageProcessor,
    InternVLConfig,
    InternVLForConditionalGeneration,
    InternVLProcessor,
    InternVLVideoProcessor,
)

from benchmarks.speed.random_captioners import byte_tokenizer  # noqa: E402

TASKS = ("difference", "pairs", "removal")
# What InternVL's demo finds in an answer, and the scale that it divides by.
PLACE = re.compile(r"<ref>\s*(.*?)\s*</ref>\s*<box>\s*(\[\[.*?\]\])\s*</box>")
SCALE = 1000


@pytest.fixture
def folder(small: SmallDataset, tmp_path: Path) -> Path:
    return write_folder(InternvlExporter(), small.source, tmp_path / "out")


def _read(folder: Path, task: str) -> list[dict[str, Any]]:
    return [line for split in Split for line in _lines(folder / f"{task}_{split}.jsonl")]


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open() as lines:
        return [json.loads(line) for line in lines.readlines()]


def _said(line: dict[str, Any]) -> tuple[str, str]:
    return line["conversations"][0]["value"], line["conversations"][1]["value"]


def test_a_place_is_asked_about_by_its_box_in_each_image(small: SmallDataset, folder: Path) -> None:
    lines = _read(folder, "difference")

    assert len(lines) == 5
    asked, answer = _said(lines[0])
    assert asked == (
        "Image-1: <image>\nImage-2: <image>\nWhat is the difference between "
        "<ref>this area</ref><box>[[643, 250, 794, 500]]</box> in Image-1 and "
        "<ref>this area</ref><box>[[646, 247, 797, 498]]</box> in Image-2?"
    )
    assert answer == 'A "dog" – ‹b›gone‹/b›'


def test_every_box_leads_back_to_its_pixels(small: SmallDataset, folder: Path) -> None:
    for line in _read(folder, "difference"):
        places = [json.loads(found[1])[0] for found in PLACE.findall(_said(line)[0])]
        boxes = (line["box1"], line["box2"])
        for place, box, width, height in zip(places, boxes, line["width_list"], line["height_list"], strict=True):
            pixels = [edge * side / SCALE for edge, side in zip(place, (width, height) * 2, strict=True)]
            assert pixels == pytest.approx(box, abs=1.0)
            assert all(0 <= edge <= SCALE for edge in place)


def test_all_changes_of_a_pair_are_answered_with_boxes(small: SmallDataset, folder: Path) -> None:
    different, removed, same = _read(folder, "pairs")
    lines = _said(different)[1].split("\n")

    assert lines[0].startswith('A "dog" – ‹b›gone‹/b› Image-1: <ref>dog</ref><box>[[643, 250, 794, 500]]</box>')
    assert lines[0].endswith("Image-2: <ref>cat</ref><box>[[646, 247, 797, 498]]</box>")
    assert len(lines) == 3  # the ball that has moved is one change at two places
    assert len(PLACE.findall(lines[2])) == 4
    assert _said(removed)[1].startswith("The red cup on the left is gone. Image-1: <ref>cup</ref>")
    assert _said(same)[1] == "No difference was found."


def test_a_pair_that_is_not_described_in_full_is_not_asked_about(
    settings: GatewaySettings, database: Database, store_record: Any, record: Record, tmp_path: Path
) -> None:
    store = AssetStore(settings.assets_url)
    first, second = (store_image(database, store, draw_image(640, 480, seed)) for seed in (1, 2))
    silent = record.regions[1].model_copy(update={"caption": None})
    darker = PairChange(kind=PairChangeKind.BRIGHTNESS, value=-0.2, harmless=False, text="The light is dimmer.")
    beyond = record.regions[1].model_copy(update={"box": None, "box2": (0, 0, 64, 48), "label2": "tree"})
    base = record.model_copy(update={"image1": first, "image2": second, "pair_changes": ()})
    store_record(database, base.model_copy(update={"regions": (record.regions[0], silent)}))
    store_record(database, base.model_copy(update={"regions": (), "pair_changes": (darker,)}))
    store_record(database, base.model_copy(update={"regions": (beyond,)}))

    folder = write_folder(InternvlExporter(), open_source(database, store), tmp_path / "out")

    assert [_said(line)[1] for line in _read(folder, "pairs")] == [
        "The light is dimmer.",
        "The red cup on the left is gone. Image-2: <ref>tree</ref><box>[[0, 0, 100, 100]]</box>",
    ]
    assert len(_read(folder, "difference")) == 1


def test_the_question_is_asked_over_marked_images_in_its_order(small: SmallDataset, folder: Path) -> None:
    record = small.records[1]
    (line,) = _read(folder, "removal")
    image1, image2 = small.source.pixels(record)

    prompt = f"Which image shows the cup?\nA. The left image.\nB. The right image.\n{LETTER}"
    assert _said(line) == (f"Left image: <image>\nRight image: <image>\n{prompt}", "B")
    for path, image in zip(line["image"], (image2, image1), strict=True):
        assert (folder / path).read_bytes() == encode_jpeg(mark_box(image, record.question.box))
    assert line["width_list"] == [record.image2.width, record.image1.width]
    assert line["question"] == record.question.model_dump(mode="json")
    assert np.array_equal(_open(folder, line["image1"]), image1)


def test_every_field_of_ours_is_the_records(small: SmallDataset, folder: Path) -> None:
    records = {record.id: record for record in small.records}
    for task in TASKS:
        for line in _read(folder, task):
            record = records[line["record"]]
            document = record.model_dump(mode="json")
            same = ("schema_version", "dataset", "job", "created_at", "verdict", "source", "provenance", "metadata")
            assert {name: line[name] for name in same} == {name: document[name] for name in same}
            assert line["split"] == split_of(record)
            if task == "difference":
                own = document["regions"][line["region"]]
                shown = ("change", "difference", "confidence", "mask", "scores", "reasons", "caption")
                assert {name: line[name] for name in shown} == {name: own[name] for name in shown}
                assert (line["box1"], line["box2"]) == (own["box"], own["box2"])


def test_internvls_trainer_can_load_it(odd: SmallDataset, tmp_path: Path) -> None:
    """What its LazySupervisedDataset and preprocess_internvl2_5 require of a meta file and of the lines it names."""
    folder = write_folder(InternvlExporter(), odd.source, tmp_path / "out")
    for split in Split:
        meta = json.loads((folder / f"meta_{split}.json").read_text())
        for name, entry in meta.items():
            task = name.removeprefix("default_")
            assert entry["annotation"] == f"./{task}_{split}.jsonl"
            lines = _lines(folder / entry["annotation"])
            assert entry["length"] == len(lines) > 0
            assert entry["data_augment"] is False
            assert entry["repeat_time"] == 1
            for line in lines:
                assert line["conversations"][0]["value"].count("<image>") == len(line["image"]) == 2
                assert [turn["from"] for turn in line["conversations"]] == ["human", "gpt"]
                assert "<image>" not in line["conversations"][1]["value"]
                assert not {"length", "video", "clip"} & line.keys()  # the trainer would read these as its own
                sizes = [_open(folder / entry["root"], path).shape[1::-1] for path in line["image"]]
                assert sizes == list(zip(line["width_list"], line["height_list"], strict=True))
    named = {
        (task, split)
        for split in Split
        for task in TASKS
        if f"default_{task}" in json.loads((folder / f"meta_{split}.json").read_text())
    }
    assert {task for task, _ in named} == set(TASKS)


def test_transformers_internvl_learns_from_it(folder: Path) -> None:
    model, processor = _tiny_internvl()
    context = processor.image_token_id

    for line in [line for task in TASKS for line in _read(folder, task)]:
        asked, answer = _said(line)
        text = f"<|im_start|>user\n{asked}<|im_end|>\n<|im_start|>assistant\n{answer}<|im_end|>\n"
        images = [Image.fromarray(_open(folder, path)) for path in line["image"]]
        prompt = text.replace("<image>", processor.image_token)
        inputs = processor(images=images, text=prompt, crop_to_patches=False, return_tensors="pt")
        labels = inputs["input_ids"].masked_fill(inputs["input_ids"] == context, -100)

        assert int((inputs["input_ids"] == context).sum()) == 2 * processor.image_seq_length
        assert torch.isfinite(model(**inputs, labels=labels).loss)


def _tiny_internvl() -> tuple[InternVLForConditionalGeneration, InternVLProcessor]:
    """The real classes at the smallest size, with a vocabulary of bytes."""
    named = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    special = ("<pad>", "<s>", "</s>", *named.values(), "<|im_start|>", "<|im_end|>")
    tokenizer = byte_tokenizer(special, named)
    images = GotOcr2ImageProcessor(size={"height": 32, "width": 32})
    processor = InternVLProcessor(images, tokenizer, InternVLVideoProcessor(), image_seq_length=4)
    text = {
        "model_type": "qwen2",
        "vocab_size": 320,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
    }
    vision = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "image_size": [32, 32],
        "patch_size": [8, 8],
    }
    config = InternVLConfig(
        vision_config=vision, text_config=text, image_token_id=processor.image_token_id, image_seq_length=4
    )
    torch.manual_seed(3)
    return InternVLForConditionalGeneration(config).eval(), processor


def test_images_of_sixteen_bits_are_as_they_were_compared(odd: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(InternvlExporter(), odd.source, tmp_path / "out")
    deep = odd.records[-1]
    line = next(line for line in _read(folder, "difference") if line["record"] == deep.id)

    assert np.array_equal(_open(folder, line["image"][0]), odd.source.pixels(deep)[0])


def test_two_exports_have_the_same_bytes(small: SmallDataset, folder: Path, tmp_path: Path) -> None:
    again = write_folder(InternvlExporter(), small.source, tmp_path / "again")
    alone = write_folder(InternvlExporter(), small.source, tmp_path / "alone", images=False)

    assert _contents(again) == _contents(folder)
    assert set(_contents(alone)) == {path for path in _contents(folder) if "/" not in path} - {"sample.html"}


def _contents(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _open(folder: Path, path: str) -> RGB:
    return np.asarray(Image.open(folder / path).convert("RGB"))
