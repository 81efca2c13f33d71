"""Every preset loads from the files of its hub repository and writes greedily, alone as in a batch."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from imgdiff.backends.catalogue import catalogue
from imgdiff.images import RGB
from services.captioning.backends.image_text import PRESETS, Preparation, TransformersWriter, load_writer
from services.captioning.two_stages.asked_model import read_probability
from services.captioning.two_stages.instructions import ask_presence
from services.captioning.two_stages.writer import Prompt, Written
from services.gpu.compute import Batches, Compute
from services.gpu.weights import model_folder
from tests.services.captioning.backends.hub_layouts import PRESETS as LAYOUTS
from tests.services.captioning.backends.hub_layouts import write_layout


@pytest.fixture(scope="module", params=LAYOUTS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp(request.param)
    write_layout(request.param, made)
    return made


def _load(folder: Path, compute: Compute, size: int = 4, **given: object) -> TransformersWriter:
    found = model_folder(str(folder), "SETTING", stage="captioning")
    batches = Batches(size, pytest.fail)
    return load_writer(found, "float32", compute, batches=batches, spent=lambda *_: None, **given)


@pytest.fixture(scope="module")
def writer(folder: Path, processor: Compute) -> TransformersWriter:
    return _load(folder, processor)


def _prompts(pictures: Sequence[RGB], tokens: int = 6) -> list[Prompt]:
    """Of several lengths, up to more than one step of the padding, on pictures of several shapes."""
    return [
        Prompt(lambda one=one: (one,), f"What is this?{' Look.' * 9 * n}", tokens) for n, one in enumerate(pictures)
    ]


def test_every_preset_has_a_layout() -> None:
    assert set(PRESETS) - set(LAYOUTS) == {"qwen3-vl"}  # the older name of qwen3-vl-2b
    assert PRESETS["qwen3-vl"] == PRESETS["qwen3-vl-2b"]
    assert {name: catalogue().named(name).hub for name in LAYOUTS} == {name: PRESETS[name] for name in LAYOUTS}


def test_an_answer_is_the_same_alone_in_a_batch_and_under_any_padding(
    folder: Path, writer: TransformersWriter, processor: Compute, pictures: list[RGB]
) -> None:
    prompts = _prompts(pictures[:4])
    together = writer.write([*prompts, prompts[0]])

    assert all(isinstance(one, Written) and one.completion_tokens for one in together)
    assert len({one.text for one in together}) > 1
    assert together[0] == together[4]
    assert [writer.write([prompt])[0] for prompt in prompts] == together[:4]
    assert _load(folder, processor, size=1).write(prompts) == together[:4]
    assert _load(folder, processor, size=1, preparation=Preparation(padding=1)).write(prompts) == together[:4]


def test_nothing_is_sampled_whatever_the_generation_config_says(
    folder: Path, writer: TransformersWriter, pictures: list[RGB]
) -> None:
    assert json.loads((folder / "generation_config.json").read_text())["do_sample"]
    prompts = _prompts(pictures[:1], 24)

    assert writer.write(prompts) == writer.write(prompts)


def test_a_model_that_can_think_answers_at_once(writer: TransformersWriter, pictures: list[RGB]) -> None:
    assert writer.write(_prompts(pictures[:1]))[0].code != "text.no_answer"


def test_a_model_that_always_thinks_and_is_cut_has_no_answer(
    processor: Compute, tmp_path: Path, pictures: list[RGB]
) -> None:
    write_layout("qwen3.5-4b", tmp_path)
    template = tmp_path / "chat_template.jinja"
    template.write_text(template.read_text().replace("<think>\n\n</think>\n\n", "<think>\n"))
    (written,) = _load(tmp_path, processor).write(_prompts(pictures[:1]))

    assert (written.text, written.code) == ("", "text.no_answer")
    assert written.completion_tokens > 0


def test_yes_and_no_have_probabilities(writer: TransformersWriter, pictures: list[RGB]) -> None:
    square = np.zeros((448, 448, 3), np.uint8)
    (written,) = writer.write([Prompt(lambda: (square,), ask_presence("cup"), 2, likeliest=300)])
    probability = read_probability(written)

    assert sum(written.likeliest.values()) == pytest.approx(1, abs=0.05)
    assert {"Yes", "No"} <= written.likeliest.keys()
    assert probability is None or 0 <= probability <= 1


def test_a_large_picture_is_read_in_few_tokens(folder: Path, processor: Compute) -> None:
    photo = np.random.default_rng(1).integers(0, 256, (2160, 3840, 3), np.uint8)
    (small,) = _load(folder, processor, size=1, preparation=Preparation(pixels=2**14)).write(
        [Prompt(lambda: (photo,), "What?", 1)]
    )

    assert small.prompt_tokens < 200


def test_files_that_lack_tensors_are_refused_by_name(folder: Path, processor: Compute, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    lost = next(name for name in index["weight_map"] if name.endswith("layers.0.input_layernorm.weight"))
    shard = tmp_path / index["weight_map"].pop(lost)
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    save_file({name: one for name, one in load_file(shard).items() if name != lost}, shard, metadata={"format": "pt"})
    with pytest.raises(
        ValueError, match=r"IMGDIFF_CAPTIONING_VLM: .* lacks 1 tensors of .*layers.0.input_layernorm.weight"
    ):
        _load(tmp_path, processor)


def test_weights_of_another_shape_are_refused(folder: Path, processor: Compute, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    shard = tmp_path / "model-00001-of-00002.safetensors"
    tensors = load_file(shard)
    name = next(one for one in tensors if tensors[one].ndim == 1)
    save_file({**tensors, name: torch.zeros(7)}, shard, metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"IMGDIFF_CAPTIONING_VLM: .* cannot be loaded"):
        _load(tmp_path, processor)
