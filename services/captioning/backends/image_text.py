"""Backend `transformers`: any AutoModelForImageTextToText with a chat template, batched, greedy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.captioning.limits import MOST_ASPECT, MOST_PIXELS, PADDING_TOKENS, PREPARED_BATCHES, THOUGHT_TOKENS
from services.captioning.two_stages.writer import NO_ANSWER, TOO_LONG, Prompt, Written
from services.gpu.compute import Batches, Compute
from services.gpu.greedy import Greedy, require_ends
from services.gpu.pretrained import load_pretrained, model_type
from services.gpu.weights import ModelFolder
from services.llm.thoughts import disable_thinking, opens_thought, read_answer
from services.serving.isolation import isolate

PRESETS = {
    "llava-next": "llava-hf/llava-v1.6-vicuna-13b-hf",  # the paper's; Llama 2 community licence
    "qwen3-vl": "Qwen/Qwen3-VL-2B-Instruct",  # Apache-2.0, as all of Qwen's here
    "qwen3-vl-2b": "Qwen/Qwen3-VL-2B-Instruct",
    "qwen3-vl-8b": "Qwen/Qwen3-VL-8B-Instruct",
    "qwen3.5-4b": "Qwen/Qwen3.5-4B",
}
_TYPES = "a model that reads images and text, such as qwen3_vl or llava_next"
_SEQUENCES = frozenset({"input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids"})

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Preparation:
    """Prompts are padded to a multiple of `padding` tokens, and images of more than `pixels` are scaled down."""

    padding: int = PADDING_TOKENS
    pixels: int = MOST_PIXELS


@dataclass(frozen=True)
class _Row:
    """One prompt as tensors: sequences (1, tokens) padded on the left, and pixels as the processor made them."""

    number: int
    tensors: Tensors
    prompt_tokens: int
    prompt: Prompt
    in_thought: bool  # whether the prompt ends in one

    @property
    def shape(self) -> tuple[object, ...]:
        """Lengths, shapes of the pixels and sizes of the images; rows of one shape may share a batch."""
        parts: list[object] = [self.prompt.max_new_tokens, self.prompt.likeliest]
        for name, value in sorted(self.tensors.items()):
            is_size = name not in _SEQUENCES and not value.is_floating_point()
            parts.append((name, tuple(value.shape), value.numpy().tobytes() if is_size else b""))
        return tuple(parts)


class TransformersWriter:
    """Writes by a network on the device; `spent` gets the tokens of every answer.

    Only rows of one shape share a batch, and a batch is filled up to its size: no answer depends on the others. Prompts
    are padded and images scaled down as `preparation` says.
    """

    def __init__(
        self,
        model: Any,
        processor: Any,
        compute: Compute,
        *,
        models: tuple[ModelUse, ...],
        batches: Batches,
        spent: Callable[[int, int], None],
        preparation: Preparation = Preparation(),
    ) -> None:
        self.models = models
        self._model = model
        self._processor = processor
        self._compute = compute
        self._batches = batches
        self._spent = spent
        self._preparation = preparation
        self._greedy = Greedy(model, processor.tokenizer)

    def warm_up(self) -> None:
        """Write one answer about a grey picture."""
        blank = np.full((64, 64, 3), 128, np.uint8)
        self.write([Prompt(lambda: (blank,), "What is this?", 2)])

    def write(self, prompts: Sequence[Prompt]) -> list[Written | ImgdiffError]:
        """See `Writer`; raises ServiceUnavailable when a single prompt does not fit into the device's memory."""
        written: list[Written | ImgdiffError] = []
        ahead = PREPARED_BATCHES * self._batches.size
        for start in range(0, len(prompts), ahead):
            written += self._write_prepared(prompts[start : start + ahead])
        return written

    def _write_prepared(self, prompts: Sequence[Prompt]) -> list[Written | ImgdiffError]:
        answers: dict[int, Written | ImgdiffError] = {}
        groups: dict[tuple[object, ...], list[_Row]] = {}
        for number, prompt in enumerate(prompts):
            row = isolate("the model's processor failed", partial(self._prepare, number, prompt))
            if isinstance(row, ImgdiffError):
                answers[number] = row
            else:
                groups.setdefault(row.shape, []).append(row)
        for rows in groups.values():
            texts = [one for part in self._batches.run(rows, self._generate) for one in part]
            answers |= {row.number: text for row, text in zip(rows, texts, strict=True)}
        return [answers[number] for number in range(len(prompts))]

    def _prepare(self, number: int, prompt: Prompt) -> _Row:
        content = [{"type": "image", "image": _fit(image, self._preparation.pixels)} for image in prompt.images]
        chat = [{"role": "user", "content": [*content, {"type": "text", "text": prompt.instruction}]}]
        made = self._processor.apply_chat_template(
            chat,
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            **disable_thinking(self._processor.chat_template),
        )
        length = made["input_ids"].shape[1]
        missing = -length % self._preparation.padding
        filling = {"input_ids": self._greedy.padding}
        tensors = {
            name: torch.nn.functional.pad(value, (missing, 0), value=filling.get(name, 0))
            if name in _SEQUENCES
            else value
            for name, value in made.items()
        }
        in_thought = opens_thought(self._greedy.decode(made["input_ids"][0, -THOUGHT_TOKENS:].tolist()))
        return _Row(number, tensors, length, prompt, in_thought)

    def _generate(self, rows: Sequence[_Row], real: int) -> list[Written]:
        device, dtype = self._compute.device, self._model.dtype
        batch: Tensors = {}
        for name in rows[0].tensors:
            joined = torch.cat([row.tensors[name] for row in rows]).to(device)
            batch[name] = joined.to(dtype) if joined.is_floating_point() else joined
        prompt = rows[0].prompt
        with torch.inference_mode():
            made = self._model.generate(
                **batch,
                generation_config=self._greedy.config(prompt.max_new_tokens),
                return_dict_in_generate=True,
                output_logits=bool(prompt.likeliest),
            )
        fresh = made.sequences[:real, batch["input_ids"].shape[1] :].tolist()
        likeliest = self._likeliest(made.logits[0][:real], prompt.likeliest) if prompt.likeliest else [{}] * real
        return [self._read(row, ids, first) for row, ids, first in zip(rows, fresh, likeliest, strict=False)]

    def _likeliest(self, logits: torch.Tensor, count: int) -> list[dict[str, float]]:
        """The likeliest tokens of every row (rows, vocabulary) as text, with their probabilities."""
        best = logits.float().softmax(-1).topk(min(count, logits.shape[1]))
        found: list[dict[str, float]] = []
        for ids, shares in zip(best.indices.tolist(), best.values.tolist(), strict=True):
            texts: dict[str, float] = {}
            for one, share in zip(ids, shares, strict=True):
                text = self._greedy.decode([one])
                texts[text] = texts.get(text, 0.0) + share
            found.append(texts)
        return found

    def _read(self, row: _Row, ids: list[int], likeliest: dict[str, float]) -> Written:
        own, ended = self._greedy.cut(ids)
        tokens = len(own) + ended
        self._spent(row.prompt_tokens, tokens)
        answer = read_answer(self._greedy.decode(own), opened=row.in_thought)
        code = NO_ANSWER if answer is None else None if ended else TOO_LONG
        return Written(self._greedy.remove_special(answer or ""), code, row.prompt_tokens, tokens, likeliest)


def _fit(image: RGB, most: int) -> Image.Image:
    """The image with at most that many pixels, stretched where processors would refuse its aspect ratio.

    Shares of its sides stay true. Without a limit a model that takes images as they are would read 8,100 tokens of a
    photo in 4K, and 16,200 of a joined pair.
    """
    height, width = image.shape[:2]
    scale = min(1.0, (most / (height * width)) ** 0.5)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        height, width = image.shape[:2]
    least = -(-max(height, width) // MOST_ASPECT)
    size = (max(width, least), max(height, least))
    drawn = Image.fromarray(image)
    return drawn if size == drawn.size else drawn.resize(size, Image.Resampling.NEAREST)


def load_writer(
    folder: ModelFolder, dtype: str, compute: Compute, *, setting: str = "IMGDIFF_CAPTIONING_VLM", **given: Any
) -> TransformersWriter:
    """The model of a folder, with the writer's other arguments `given`; raises ValueError where it is no such model."""
    model_type(folder, setting, MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES, _TYPES)
    try:
        processor = AutoProcessor.from_pretrained(folder.path, trust_remote_code=False, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ValueError(f"{setting}: the processor of {folder.use.name} cannot be loaded: {error}") from error
    if getattr(processor, "chat_template", None) is None:
        raise ValueError(f"{setting}: {folder.use.name} has no chat template")
    model = compute.place(load_pretrained(AutoModelForImageTextToText, folder, setting, dtype=dtype), setting)
    require_ends(model, processor.tokenizer, setting)
    return TransformersWriter(model, processor, compute, models=(folder.use,), **given)
