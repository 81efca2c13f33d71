"""`llava`: the paper's record, loaded as LLaVA's trainer loads it and by transformers' LLaVA."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import tests.fitting_torchvision
from gateway.exports.formats.llava import QUESTION, LlavaExporter
from gateway.exports.pictures import encode_jpeg, lay_over, mark_pair, tint_regions
from gateway.exports.samples import LETTER, find_samples
from gateway.exports.splits import Split, split_of
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from imgdiff.images import RGB, join_images, mark_box
from imgdiff.records import Record
from tests.gateway.exports.conftest import SmallDataset
from tests.gateway.exports.dataset import COMPANIONS, draw_image, open_source, store_image, write_folder

TORCHVISION = tests.fitting_torchvision.KEPT  # before anything imports it

from benchmarks.speed.random_captioners import TINY, captioner  # noqa: E402

OLD = Path(__file__).parents[3] / "contracts" / "record_v1.json"
Stored = Callable[[Database, Record], Record]


@pytest.fixture
def folder(small: SmallDataset, tmp_path: Path) -> Path:
    return write_folder(LlavaExporter(), small.source, tmp_path / "out")


def _read(folder: Path, task: str) -> list[dict[str, Any]]:
    return [sample for split in Split for sample in json.loads((folder / f"{task}_{split}.json").read_text())]


def test_a_described_region_is_the_papers_record(small: SmallDataset, folder: Path) -> None:
    different, removed = small.records[:2]
    samples = {sample["id"]: sample for sample in _read(folder, "difference")}

    assert list(samples) == [f"{different.id}_{index}" for index in range(4)] + [f"{removed.id}_0"]
    first = samples[f"{different.id}_0"]
    assert first["conversations"] == [
        {"from": "human", "value": f"<image>\n{QUESTION}"},
        {"from": "gpt", "value": 'A "dog" – ‹b›gone‹/b›'},
    ]
    assert first["bbox"] == "[0.64, 0.25, 0.79, 0.50]"
    assert (first["captions1"], first["captions2"]) == ("a brown dog", "a grey cat")
    assert first["path"] == f"marked/{different.id}_0"
    assert samples[f"{different.id}_1"]["captions2"] == ""


def test_every_field_of_ours_is_the_records(small: SmallDataset, folder: Path) -> None:
    records = {record.id: record for record in small.records}
    for sample in _read(folder, "difference"):
        record = records[sample["record"]]
        region, document = record.regions[sample["region"]], record.model_dump(mode="json")
        own = document["regions"][sample["region"]]

        assert (sample["box1"], sample["box2"]) == (own["box"], own["box2"])
        for name, box, image in (("bbox1", region.box, record.image1), ("bbox2", region.box2, record.image2)):
            sides = (image.width, image.height) * 2
            assert sample[name] == pytest.approx([edge / side for edge, side in zip(box, sides, strict=True)], abs=1e-4)
        same = ("caption", "change", "difference", "confidence", "moved_to", "moved_from", "mask", "scores", "reasons")
        assert {name: sample[name] for name in same} == {name: own[name] for name in same}
        texts = ("label1", "label2", "text1", "text2")
        assert {name: sample[name] for name in texts} == {name: own[name] or "" for name in texts}
        assert sample["check"] == (own["check"]["outcome"] if own["check"] else "")
        _check_pair(sample, record)


def _check_pair(sample: dict[str, Any], record: Record) -> None:
    document = record.model_dump(mode="json")
    same = ("schema_version", "dataset", "job", "created_at", "verdict")
    nested = ("source", "alignment", "pair_changes", "provenance", "metadata")
    assert {name: sample[name] for name in (*same, *nested)} == {name: document[name] for name in (*same, *nested)}
    assert sample["split"] == split_of(record)
    assert sample["pair_caption"] == record.caption
    assert sample["pair_similarity"] == record.similarity
    assert sample["pair_confidence"] == record.confidence
    assert sample["pair_reasons"] == document["reasons"]
    assert sample["size1"] == [record.image1.width, record.image1.height]
    assert sample["size2"] == [record.image2.width, record.image2.height]


def test_the_pictures_are_marked_joined_laid_over_and_tinted(small: SmallDataset, folder: Path) -> None:
    records = {record.id: record for record in small.records}
    for sample in _read(folder, "difference"):
        record = records[sample["record"]]
        image1, image2 = small.source.pixels(record)
        left, right = mark_pair(image1, image2, tuple(sample["box1"]), tuple(sample["box2"]))

        assert np.array_equal(_open(folder, sample["image1"]), image1)
        assert np.array_equal(_open(folder, sample["image2"]), image2)
        assert (folder / f"{sample['path']}_0.jpg").read_bytes() == encode_jpeg(left)
        assert (folder / f"{sample['path']}_1.jpg").read_bytes() == encode_jpeg(right)
        assert (folder / sample["image"]).read_bytes() == encode_jpeg(join_images(left, right))
        assert (folder / sample["image2_aligned"]).read_bytes() == encode_jpeg(lay_over(image2, record))
        assert (folder / sample["overlay"]).read_bytes() == encode_jpeg(tint_regions(image1, record.regions))
        bar = _open(folder, sample["image"])[: image1.shape[0], image1.shape[1] + 2 : image1.shape[1] + 18]
        assert bar.max() < 12


def test_the_question_has_the_letter_of_the_image_that_shows_the_object(small: SmallDataset, folder: Path) -> None:
    record = small.records[1]
    (sample,) = _read(folder, "removal")
    image1, image2 = small.source.pixels(record)
    left, right = mark_box(image2, record.question.box), mark_box(image1, record.question.box)

    assert sample["conversations"] == [
        {
            "from": "human",
            "value": f"<image>\nWhich image shows the cup?\nA. The left image.\nB. The right image.\n{LETTER}",
        },
        {"from": "gpt", "value": "B"},
    ]
    assert sample["bbox"] == "[0.09, 0.62, 0.22, 0.83]"
    assert sample["question"] == record.question.model_dump(mode="json")
    assert sample["source"]["edit"]["seed"] == 7
    assert (folder / f"{sample['path']}_0.jpg").read_bytes() == encode_jpeg(left)
    assert (folder / f"{sample['path']}_1.jpg").read_bytes() == encode_jpeg(right)
    assert (folder / sample["image"]).read_bytes() == encode_jpeg(join_images(left, right))
    _check_pair(sample, record)


@pytest.mark.parametrize("task", ["difference", "removal"])
def test_llavas_trainer_can_load_it(odd: SmallDataset, tmp_path: Path, task: str) -> None:
    """What LazySupervisedDataset and preprocess_v1 require of a file, and nothing that they do not read."""
    folder = write_folder(LlavaExporter(), odd.source, tmp_path / "out")
    for split in Split:
        samples = json.loads((folder / f"{task}_{split}.json").read_text())
        assert isinstance(samples, list)
        assert len({sample["id"] for sample in samples}) == len(samples)
        for sample in samples:
            asked, answer = sample["conversations"]
            assert [turn["from"] for turn in (asked, answer)] == ["human", "gpt"]
            assert asked["value"].startswith("<image>\n")
            assert (asked["value"] + answer["value"]).count("<image>") == 1  # one image a sample
            for mark in ("</s>", "USER:", "ASSISTANT:"):  # they part the turns of the prompt
                assert mark not in asked["value"] + answer["value"]
            assert answer["value"].strip()
            assert not Path(sample["image"]).is_absolute()
            assert Image.open(folder / sample["image"]).convert("RGB").size[0] > 1280


def test_transformers_llava_learns_from_it(folder: Path) -> None:
    model, processor = captioner("llava", TINY)
    image = processor.tokenizer.convert_tokens_to_ids("<image>")
    samples = _read(folder, "difference") + _read(folder, "removal")

    for sample in samples:
        text = "USER: {} ASSISTANT: {}</s>".format(*(turn["value"] for turn in sample["conversations"]))
        inputs = processor(images=Image.open(folder / sample["image"]), text=text, return_tensors="pt")
        loss = model(**inputs, labels=inputs["input_ids"].masked_fill(inputs["input_ids"] == image, -100)).loss

        assert int((inputs["input_ids"] == image).sum()) == 16  # 4 x 4 patches
        assert torch.isfinite(loss)


def test_two_exports_have_the_same_bytes(small: SmallDataset, folder: Path, tmp_path: Path) -> None:
    again = write_folder(LlavaExporter(), small.source, tmp_path / "again")
    alone = write_folder(LlavaExporter(), small.source, tmp_path / "alone", images=False)

    assert _contents(again) == _contents(folder)
    assert set(_contents(alone)) - COMPANIONS == {
        f"{task}_{split}.json" for task in ("difference", "removal") for split in Split
    }


def _contents(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_each_image_is_there_once_and_only_with_a_sample(small: SmallDataset, folder: Path) -> None:
    files = _contents(folder)
    named = {sample[name] for sample in _read(folder, "difference") for name in ("image1", "image2")}

    assert {path for path in files if path.startswith("images/")} == named
    assert not any(record.id in path for record in small.records[2:] for path in files)


def test_a_record_of_the_first_version_and_one_without_regions_can_be_exported(
    settings: GatewaySettings, database: Database, store_record: Stored, tmp_path: Path
) -> None:
    store, old = AssetStore(settings.assets_url), Record.model_validate_json(OLD.read_text())
    sides = [store_image(database, store, draw_image(640, 480, seed)) for seed in (1, 2)]
    record = store_record(database, old.model_copy(update={"image1": sides[0], "image2": sides[1]}))
    store_record(database, record.model_copy(update={"regions": ()}))

    folder = write_folder(LlavaExporter(), open_source(database, store), tmp_path / "out")
    samples = _read(folder, "difference")

    assert [sample["box2"] for sample in samples[:2]] == [[414, 119, 510, 239], [62, 299, 142, 399]]
    assert len(samples) == len(list(find_samples(record)))


def test_larger_images_and_deep_ones_have_eight_bits_in_their_own_size(
    settings: GatewaySettings, database: Database, store_record: Stored, record: Record, tmp_path: Path
) -> None:
    store = AssetStore(settings.assets_url)
    deep = (draw_image(640, 480, 1)[..., 0].astype(np.uint16) * 40 + 3000).astype(np.uint16)
    sides = store_image(database, store, deep), store_image(database, store, deep.repeat(2, 0).repeat(2, 1))
    one = record.regions[0].model_copy(update={"box2": (824, 240, 1016, 480)})
    store_record(database, record.model_copy(update={"image1": sides[0], "image2": sides[1], "regions": (one,)}))

    source = open_source(database, store)
    folder = write_folder(LlavaExporter(), source, tmp_path / "out")
    (sample,) = _read(folder, "difference")
    image1, image2 = source.pixels(next(source.records()))

    assert sample["bbox2"] == sample["bbox1"]
    assert np.array_equal(_open(folder, sample["image1"]), image1)
    assert np.array_equal(_open(folder, sample["image2"]), image2)
    assert image1.max() == 254  # stretched, and not clipped by the reader
    assert _open(folder, sample["image"]).shape == (960, 640 + 20 + 1280, 3)
    assert _open(folder, sample["image2_aligned"]).shape == (480, 640, 3)


def _open(folder: Path, path: str) -> RGB:
    return np.asarray(Image.open(folder / path).convert("RGB"))
