"""The writer on transformers: padding, memory, where answers end, and what is never loaded."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor, GenerationConfig

from imgdiff.errors import ImgdiffError, ServiceUnavailable
from imgdiff.images import RGB
from services.captioning.backends.image_text import Preparation, TransformersWriter, load_writer
from services.captioning.two_stages.writer import Prompt
from services.gpu.compute import Batches, Compute
from services.gpu.weights import model_folder

Load = Callable[..., TransformersWriter]
Build = Callable[..., TransformersWriter]


@pytest.fixture(scope="module")
def folder(vlm: Callable[[str], Path]) -> Path:
    return vlm("llava-next")


@pytest.fixture
def load(folder: Path, processor: Compute) -> Load:
    def loaded(path: Path = folder, **given: object) -> TransformersWriter:
        found = model_folder(str(path), "SETTING", stage="captioning")
        chosen = {"batches": Batches(4, lambda: None), "spent": lambda *_: None, **given}
        return load_writer(found, "float32", processor, **chosen)

    return loaded


@pytest.fixture
def model(folder: Path) -> torch.nn.Module:
    return AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)


@pytest.fixture
def build(folder: Path, model: torch.nn.Module, processor: Compute) -> Build:
    """A writer on `model`, which the test may change or watch."""

    def built(**given: object) -> TransformersWriter:
        chosen = {"models": (), "batches": Batches(4, lambda: None), "spent": lambda *_: None, **given}
        return TransformersWriter(model, AutoProcessor.from_pretrained(folder), processor, **chosen)

    return built


def _prompts(pictures: list[RGB], count: int = 6) -> list[Prompt]:
    return [Prompt(lambda: (pictures[0],), f"What is this?{'!' * n}", 4) for n in range(count)]


def _generate(folder: Path, model: torch.nn.Module, prompt: Prompt, **given: object) -> tuple[list[int], str]:
    """The tokens and the text that the model itself writes, without a batch and without padding."""
    its_processor = AutoProcessor.from_pretrained(folder)
    content = [{"type": "image", "image": image} for image in prompt.images]
    chat = [{"role": "user", "content": [*content, {"type": "text", "text": prompt.instruction}]}]
    made = its_processor.apply_chat_template(
        chat, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
    )
    with torch.inference_mode():
        ids = model.generate(**made, **{"max_new_tokens": prompt.max_new_tokens, "do_sample": False, **given})
    fresh = ids[0, made["input_ids"].shape[1] :].tolist()
    return fresh, its_processor.tokenizer.decode(fresh, skip_special_tokens=True).strip()


def test_padding_does_not_change_what_is_written(build: Build, load: Load, pictures: list[RGB]) -> None:
    assert build(preparation=Preparation(padding=1)).write(_prompts(pictures)) == load().write(_prompts(pictures))


def test_greedy_answers_are_what_the_model_itself_writes_without_any_batch(
    load: Load, folder: Path, model: torch.nn.Module, pictures: list[RGB]
) -> None:
    prompt = _prompts(pictures)[0]

    assert load().write([prompt])[0].text == _generate(folder, model, prompt)[1]


def test_out_of_memory_halves_the_batch_is_counted_and_changes_no_answer(
    build: Build, load: Load, model: torch.nn.Module, pictures: list[RGB]
) -> None:
    halved: list[int] = []

    def refuse(_: torch.nn.Module, __: tuple, given: dict) -> None:
        if len(given["input_ids"]) > 2:
            raise torch.OutOfMemoryError("too many rows")

    model.register_forward_pre_hook(refuse, with_kwargs=True)
    small = build(batches=Batches(8, lambda: halved.append(1)))

    assert small.write(_prompts(pictures)) == load().write(_prompts(pictures))
    assert len(halved) == 2


def test_a_device_too_small_for_one_prompt_is_reported(
    build: Build, model: torch.nn.Module, pictures: list[RGB]
) -> None:
    def refuse(*_: object) -> None:
        raise torch.OutOfMemoryError("too large")

    model.register_forward_pre_hook(refuse)
    with pytest.raises(ServiceUnavailable, match="memory"):
        build(batches=Batches(1, lambda: None)).write(_prompts(pictures, 1))


def test_an_answer_ends_where_the_model_ends_it_and_is_cut_where_it_does_not(
    build: Build, folder: Path, model: torch.nn.Module, pictures: list[RGB]
) -> None:
    prompt = _prompts(pictures, 1)[0]
    (cut,) = build().write([prompt])
    ids, _ = _generate(folder, model, prompt)
    model.generation_config.eos_token_id = ids[2]  # the third token of this very answer becomes an end
    (ended,) = build().write([prompt])

    assert (cut.code, cut.completion_tokens) == ("text.too_long", 4)
    assert ended.code is None
    assert ended.completion_tokens <= 3


@pytest.mark.parametrize(
    "given",
    [{"repetition_penalty": 1.5}, {"no_repeat_ngram_size": 1}, {"do_sample": True, "temperature": 9.0, "top_k": 5}],
)
def test_the_models_own_generation_config_changes_no_answer(
    build: Build, folder: Path, model: torch.nn.Module, pictures: list[RGB], given: dict
) -> None:
    prompt = replace(_prompts(pictures, 1)[0], max_new_tokens=24)
    (plain,) = build().write([prompt])
    model.generation_config = GenerationConfig(**given, eos_token_id=2, pad_token_id=0)
    own = _generate(folder, model, prompt, **({"do_sample": True} if "do_sample" in given else {}))[1]
    (written,) = build().write([prompt])

    assert written == plain
    assert own != plain.text  # so that the setting would show


def test_the_likeliest_first_tokens_have_probabilities(load: Load, pictures: list[RGB]) -> None:
    (written,) = load().write([replace(_prompts(pictures, 1)[0], likeliest=20)])
    shares = written.likeliest.values()

    assert 1 < len(shares) <= 20
    assert min(shares) > 0
    assert sum(shares) <= 1
    assert load().write(_prompts(pictures, 1))[0].likeliest == {}


def test_tokens_are_counted_once_for_each_answer_and_not_for_the_rows_that_fill_up(
    load: Load, pictures: list[RGB]
) -> None:
    told: list[tuple[int, int]] = []
    written = load(spent=lambda *spent: told.append(spent)).write(_prompts(pictures))

    assert told == [(one.prompt_tokens, one.completion_tokens) for one in written]


def test_a_picture_that_cannot_be_prepared_fails_its_own_prompt(load: Load, pictures: list[RGB]) -> None:
    broken = Prompt(lambda: (np.zeros((5, 5, 7), np.uint8),), "What?", 4)  # no three channels
    bad, good = load().write([broken, _prompts(pictures)[0]])

    assert isinstance(bad, ImgdiffError)
    assert not isinstance(good, ImgdiffError)


def test_prompts_beyond_what_is_prepared_at_once_keep_their_order(load: Load, pictures: list[RGB]) -> None:
    many = _prompts(pictures, 20)

    assert load(batches=Batches(1, lambda: None)).write(many)[9:12] == load().write(many[9:12])


def test_code_that_comes_with_a_model_is_not_run(load: Load, folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.Mine", "AutoModelForImageTextToText": "mine.M"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "mine.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(ValueError, match="IMGDIFF_CAPTIONING_VLM"):
        load(tmp_path)

    assert not (tmp_path / "ran").exists()


def test_a_model_that_sees_no_images_is_refused_by_both_types(load: Load, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "qwen3"}')
    (tmp_path / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    with pytest.raises(ValueError, match=r"_VLM: .* type 'qwen3', not a model .* qwen3_vl .*_EDITING_REWRITER_MODEL"):
        load(tmp_path)


def test_a_model_without_a_chat_template_is_refused(load: Load, folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        if "chat_template" not in path.name:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match="no chat template"):
        load(tmp_path)
