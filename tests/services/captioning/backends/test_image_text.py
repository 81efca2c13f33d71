"""The writer on transformers: padding, memory, where answers end, and what is never loaded."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from imgdiff.errors import ImgdiffError, ServiceUnavailable
from imgdiff.images import RGB
from services.captioning.backends import image_text
from services.captioning.backends.image_text import TransformersWriter, load_writer
from services.captioning.two_stages.writer import Prompt
from services.gpu.compute import Compute
from services.gpu.weights import model_folder

Load = Callable[..., TransformersWriter]


@pytest.fixture(scope="module")
def folder(vlm: Callable[[str], Path]) -> Path:
    return vlm("llava-next")


@pytest.fixture
def load(folder: Path, processor: Compute) -> Load:
    def loaded(path: Path = folder, **given: object) -> TransformersWriter:
        found = model_folder(str(path), "SETTING", stage="captioning")
        chosen = {"prompts_at_once": 4, "halved": lambda: None, "spent": lambda *_: None, **given}
        return load_writer(found, "float32", processor, **chosen)

    return loaded


def _prompts(pictures: list[RGB], count: int = 6) -> list[Prompt]:
    return [Prompt(lambda: (pictures[0],), f"What is this?{'!' * n}", 4) for n in range(count)]


def test_padding_does_not_change_what_is_written(
    load: Load, pictures: list[RGB], monkeypatch: pytest.MonkeyPatch
) -> None:
    padded = load().write(_prompts(pictures))
    monkeypatch.setattr(image_text, "_BUCKET", 1)

    assert load().write(_prompts(pictures)) == padded


def test_greedy_answers_are_what_the_model_itself_writes_without_any_batch(load: Load, pictures: list[RGB]) -> None:
    writer = load()
    prompt = _prompts(pictures)[0]
    row = writer._row(0, prompt)
    alone = {name: value[:, -row.prompt_tokens :] if name in image_text._SEQUENCES else value
             for name, value in row.tensors.items()}  # fmt: skip
    with torch.inference_mode():
        ids = writer._model.generate(**alone, max_new_tokens=4, do_sample=False)[0, row.prompt_tokens :]

    assert writer.write([prompt])[0].text == writer._processor.tokenizer.decode(ids, skip_special_tokens=True).strip()


def test_out_of_memory_halves_the_batch_is_counted_and_changes_no_answer(load: Load, pictures: list[RGB]) -> None:
    halved: list[int] = []
    small = load(prompts_at_once=8, halved=lambda: halved.append(1))

    def refuse(_: torch.nn.Module, __: tuple, given: dict) -> None:
        if len(given["input_ids"]) > 2:
            raise torch.OutOfMemoryError("too many rows")

    small._model.register_forward_pre_hook(refuse, with_kwargs=True)

    assert small.write(_prompts(pictures)) == load().write(_prompts(pictures))
    assert len(halved) == 2


def test_a_device_too_small_for_one_prompt_is_said_so(load: Load, pictures: list[RGB]) -> None:
    writer = load(prompts_at_once=1)

    def refuse(*_: object) -> None:
        raise torch.OutOfMemoryError("too large")

    writer._model.register_forward_pre_hook(refuse)
    with pytest.raises(ServiceUnavailable, match="memory"):
        writer.write(_prompts(pictures, 1))


def test_an_answer_ends_where_the_model_ends_it_and_is_cut_where_it_does_not(load: Load, pictures: list[RGB]) -> None:
    writer = load()
    (cut,) = writer.write(_prompts(pictures, 1))
    ids = writer._model.generate  # the third token of this very answer becomes an end
    first = writer._row(0, _prompts(pictures, 1)[0])
    with torch.inference_mode():
        whole = ids(**first.tensors, max_new_tokens=4, do_sample=False)[0, first.tensors["input_ids"].shape[1] :]
    writer._ends = frozenset([int(whole[2])])
    (ended,) = writer.write(_prompts(pictures, 1))

    assert (cut.code, cut.completion_tokens) == ("text.too_long", 4)
    assert ended.code is None
    assert ended.completion_tokens <= 3


def test_tokens_are_told_once_for_each_answer_and_not_for_the_rows_that_fill_up(
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

    assert load(prompts_at_once=1).write(many)[9:12] == load(prompts_at_once=1).write(many[9:12])


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


def test_a_model_without_a_chat_template_is_refused(load: Load, folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        if "chat_template" not in path.name:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match="no chat template"):
        load(tmp_path)
