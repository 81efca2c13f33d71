"""The recipe in examples/finetune trains real architectures, tiny and random, on real exports."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

import tests.fitting_torchvision
from gateway.exports.formats.internvl import InternvlExporter
from gateway.exports.formats.llava import LlavaExporter
from gateway.store.database import Database
from gateway.store.migration import migrate
from gateway.store.objects import AssetStore
from imgdiff.records import Record
from tests.gateway.exports.dataset import draw_image, open_source, store_image, write_folder

TORCHVISION = tests.fitting_torchvision.KEPT  # before anything imports it

from transformers import AutoModelForImageTextToText, AutoProcessor, HfArgumentParser, TrainingArguments  # noqa: E402

from examples.finetune.__main__ import Options, train  # noqa: E402
from examples.finetune.collator import IGNORED, Collator  # noqa: E402
from examples.finetune.samples import Samples, read_samples  # noqa: E402
from tests.gateway.exports.tiny_models import save_internvl, save_llava  # noqa: E402

Stored = Callable[[Database, Record], Record]
RECORDS = 32
SPLITS = ("train", "validation", "test")
README = Path(__file__).parents[3] / "examples/finetune/README.md"


@pytest.fixture(scope="module")
def exports(record: Record, store_record: Stored, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Both exports of 32 records, each with one described region, of two sentences in turn."""
    folder = tmp_path_factory.mktemp("exports")
    database, store = Database(f"sqlite:///{folder}/imgdiff.db"), AssetStore((folder / "assets").as_uri())
    migrate(database)
    sides = [store_image(database, store, draw_image(640, 480, seed)) for seed in range(4)]
    for number in range(RECORDS):
        region = record.regions[0].model_copy(update={"caption": ("The dog is gone.", "A cat is there.")[number % 2]})
        update = {"image1": sides[number % 2], "image2": sides[2 + number % 2], "regions": (region,)}
        store_record(database, record.model_copy(update=update))
    source = open_source(database, store)
    write_folder(LlavaExporter(), source, folder / "llava")
    write_folder(InternvlExporter(), source, folder / "internvl")
    yield folder
    database.close()


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LLaVA-1.5, tiny and random."""
    return save_llava(tmp_path_factory.mktemp("llava"))


@pytest.fixture(scope="module")
def internvl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """InternVL3, tiny and random."""
    return save_internvl(tmp_path_factory.mktemp("internvl"))


def _files(folder: Path, suffix: str) -> list[str]:
    return [str(folder / f"difference_{split}.{suffix}") for split in SPLITS]


def _arguments(folder: Path, **changed: object) -> TrainingArguments:
    given = {
        "max_steps": 20,
        "per_device_train_batch_size": 8,
        "learning_rate": 1e-2,
        "logging_steps": 1,
        "save_strategy": "no",
        "use_cpu": True,
        "report_to": "none",
        "disable_tqdm": True,
    }
    return TrainingArguments(output_dir=str(folder), **given | changed)


@torch.no_grad()
def _loss(folder: Path, files: list[str]) -> float:
    """Of the first samples, before or after training."""
    model = AutoModelForImageTextToText.from_pretrained(folder).eval()
    samples = Samples(files)
    return float(model(**Collator(AutoProcessor.from_pretrained(folder))([samples[0], samples[1]])).loss)


@pytest.mark.slow  # trains until the loss falls
@pytest.mark.parametrize(("kind", "suffix"), [("llava", "json"), ("internvl", "jsonl")])
def test_the_loss_falls_on_32_records_and_the_trained_model_loads(
    exports: Path, request: pytest.FixtureRequest, tmp_path: Path, kind: str, suffix: str
) -> None:
    start: Path = request.getfixturevalue(kind)
    files = _files(exports / kind, suffix)
    options = Options(str(start), files, validation=files, max_patches=1 if kind == "internvl" else None)

    metrics = train(options, _arguments(tmp_path))

    assert len(Samples(files)) == RECORDS
    before, after = _loss(start, files), _loss(tmp_path, files)
    assert after < before / 2
    assert metrics["eval_loss"] < before / 2
    frozen = _vision(start)
    assert all(torch.equal(one, frozen[name]) for name, one in _vision(tmp_path).items())


def _vision(folder: Path) -> dict[str, torch.Tensor]:
    model = AutoModelForImageTextToText.from_pretrained(folder)
    return {name: one for name, one in model.named_parameters() if "vision_tower" in name}


@pytest.mark.parametrize(("kind", "suffix"), [("llava", "json"), ("internvl", "jsonl")])
def test_only_the_answer_and_its_end_are_learnt(
    exports: Path, request: pytest.FixtureRequest, kind: str, suffix: str
) -> None:
    processor = AutoProcessor.from_pretrained(request.getfixturevalue(kind))
    samples = Samples(_files(exports / kind, suffix))
    answers = [sample.messages[-1]["content"][0]["text"] for sample in (samples[0], samples[1])]

    batch = Collator(processor)([samples[0], samples[1]])

    for row, answer in enumerate(answers):
        learnt = batch["labels"][row][batch["labels"][row] != IGNORED]
        assert (
            processor.tokenizer.decode(learnt).strip().removeprefix(" ") == f"{answer}{processor.tokenizer.eos_token}"
        )
    masked = batch["input_ids"][batch["labels"] == IGNORED]
    assert processor.image_token_id in masked
    assert processor.image_token_id not in batch["labels"]


def test_a_joined_picture_is_seen_whole_and_not_cut_to_its_middle(exports: Path, llava: Path) -> None:
    processor = AutoProcessor.from_pretrained(llava)
    (sample, *_) = read_samples(exports / "llava/difference_train.json")
    (picture,) = sample.open_images()

    pixels = Collator(processor)([sample])["pixel_values"][0]

    mean = torch.tensor(processor.image_processor.image_mean)[:, None]
    black = -mean / torch.tensor(processor.image_processor.image_std)[:, None]
    assert picture.width > 2 * picture.height
    assert pixels.shape[1:] == (32, 32)
    assert pixels[:, 0].abs().max() < 0.05  # the padding has the mean colour
    assert (pixels[:, 16, 15:17].mean(1, keepdim=True) - black).abs().max() < 1.5  # the bar is in the middle
    assert pixels[:, 16, 2].abs().max() > 0.05  # and the left image beside it


def test_two_images_keep_their_places_in_the_text(exports: Path) -> None:
    (sample, *_) = read_samples(exports / "internvl/difference_train.jsonl")

    kinds = [part["type"] for part in sample.messages[0]["content"]]
    assert kinds == ["text", "image", "text", "image", "text"]
    assert [part["text"] for part in sample.messages[0]["content"][:3:2]] == ["Image-1: ", "Image-2: "]
    assert len(sample.open_images()) == 2


def test_a_sample_without_a_place_for_its_image_and_a_meta_file_are_refused(exports: Path, tmp_path: Path) -> None:
    turns = [{"from": "human", "value": "What?"}, {"from": "gpt", "value": "That."}]
    (tmp_path / "wrong.json").write_text(json.dumps([{"id": "1", "image": "a.jpg", "conversations": turns}]))

    with pytest.raises(ValueError, match="sample 1 has 1 images and 0 places"):
        read_samples(tmp_path / "wrong.json")
    with pytest.raises(ValueError, match="not InternVL's meta file"):
        read_samples(exports / "internvl/meta_train.json")


def test_a_caption_may_hold_any_separator_of_lines(tmp_path: Path) -> None:
    turns = [{"from": "human", "value": "What?"}, {"from": "gpt", "value": "One\u2028two\x85three."}]
    entry = {"id": "1", "image": [], "conversations": turns}
    (tmp_path / "lines.jsonl").write_text(json.dumps(entry, ensure_ascii=False) + "\n", encoding="utf-8")

    (sample,) = read_samples(tmp_path / "lines.jsonl")

    assert sample.messages[1]["content"] == [{"type": "text", "text": "One\u2028two\x85three."}]


def test_the_commands_of_the_readme_are_ones_that_the_script_takes() -> None:
    commands = re.findall(r"^python -m examples\.finetune(.*?[^\\])$", README.read_text(), re.MULTILINE | re.DOTALL)

    assert len(commands) == 2
    for command in commands:
        words = [word for word in shlex.split(command.replace("\\\n", " ")) if word not in {"--bf16"}]
        options, arguments = HfArgumentParser((Options, TrainingArguments)).parse_args_into_dataclasses(words)
        assert options.data
        assert arguments.learning_rate == 2e-5


def test_files_without_samples_are_refused(llava: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("[]")

    with pytest.raises(ValueError, match=r"no samples in .*empty\.json"):
        train(Options(str(llava), [str(tmp_path / "empty.json")]), _arguments(tmp_path))
