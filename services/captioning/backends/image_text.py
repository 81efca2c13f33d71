"""Backend `transformers`: any AutoModelForImageTextToText with a chat template, batched, greedy."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor, GenerationConfig

from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.captioning.two_stages.writer import TOO_LONG, Prompt, Written
from services.gpu.compute import DTYPES, Batches, Compute
from services.gpu.weights import ModelFolder

PRESETS = {
    "llava-next": "llava-hf/llava-v1.6-vicuna-13b-hf",  # the paper's; Llama 2 community licence
    "qwen3-vl": "Qwen/Qwen3-VL-2B-Instruct",  # Apache-2.0
}
_BUCKET = 64  # a row is padded to a multiple of that many tokens, which depends on nobody else
_SLIMMEST = 100  # of a side to the other; Qwen's processor refuses 200
_AHEAD = 8  # batches whose pixels are prepared at once
_SEQUENCES = frozenset({"input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids"})
_log = logging.getLogger(__name__)

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class _Row:
    """One prompt as tensors: sequences of 1 x tokens, padded on the left, pixels as the processor made them."""

    number: int
    tensors: Tensors
    prompt_tokens: int
    most: int

    @property
    def shape(self) -> tuple[object, ...]:
        """Rows of one shape may share a batch: lengths, pixels' shapes and the sizes of the images."""
        parts: list[object] = [self.most]
        for name, value in sorted(self.tensors.items()):
            told = name not in _SEQUENCES and not value.is_floating_point()
            parts.append((name, tuple(value.shape), value.numpy().tobytes() if told else b""))
        return tuple(parts)


class TransformersWriter:
    """Writes by a network of ours; `halved` is told when a batch had to be halved, `spent` the tokens of each answer.

    Only rows of one shape share a batch, and the batch is filled up to its size: no answer depends on the others.
    """

    def __init__(
        self,
        model: Any,
        processor: Any,
        compute: Compute,
        *,
        models: tuple[ModelUse, ...],
        prompts_at_once: int,
        halved: Callable[[], None],
        spent: Callable[[int, int], None],
    ) -> None:
        self.models = models
        self._model = model.to(compute.device).eval()
        self._processor = processor
        self._compute = compute
        self._batches = Batches(prompts_at_once, halved)
        self._spent = spent
        tokenizer, known = processor.tokenizer, model.generation_config
        self._padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
        ends = known.eos_token_id if known.eos_token_id is not None else tokenizer.eos_token_id
        self._ends = frozenset(ends if isinstance(ends, list | tuple) else [ends])

    def warm_up(self) -> None:
        """Write one answer about a made picture."""
        blank = np.full((64, 64, 3), 128, np.uint8)
        self.write([Prompt(lambda: (blank,), "What is this?", 2)])

    def write(self, prompts: Sequence[Prompt]) -> list[Written | ImgdiffError]:
        """See `Writer`; raises ServiceUnavailable when not even one prompt fits into the device's memory."""
        written: list[Written | ImgdiffError] = []
        ahead = _AHEAD * self._batches.size
        for start in range(0, len(prompts), ahead):
            written += self._some(prompts[start : start + ahead])
        return written

    def _some(self, prompts: Sequence[Prompt]) -> list[Written | ImgdiffError]:
        answers: dict[int, Written | ImgdiffError] = {}
        groups: dict[tuple[object, ...], list[_Row]] = {}
        for number, prompt in enumerate(prompts):
            try:
                row = self._row(number, prompt)
            except Exception as error:  # noqa: BLE001  one odd picture must not fail the others' questions
                _log.exception("a prompt could not be prepared")
                answers[number] = ImgdiffError(f"the model's processor failed: {type(error).__name__}")
                continue
            groups.setdefault(row.shape, []).append(row)
        for rows in groups.values():
            texts = [one for part in self._batches.run(rows, self._generated) for one in part]
            answers |= {row.number: text for row, text in zip(rows, texts, strict=True)}
        return [answers[number] for number in range(len(prompts))]

    def _row(self, number: int, prompt: Prompt) -> _Row:
        content = [{"type": "image", "image": _thickened(image)} for image in prompt.images]
        chat = [{"role": "user", "content": [*content, {"type": "text", "text": prompt.instruction}]}]
        made = self._processor.apply_chat_template(
            chat, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
        )
        length = made["input_ids"].shape[1]
        missing = -length % _BUCKET
        filling = {"input_ids": self._padding}
        tensors = {
            name: torch.nn.functional.pad(value, (missing, 0), value=filling.get(name, 0))
            if name in _SEQUENCES
            else value
            for name, value in made.items()
        }
        return _Row(number, tensors, length, prompt.max_new_tokens)

    def _generated(self, rows: Sequence[_Row], real: int) -> list[Written]:
        device, dtype = self._compute.device, self._model.dtype
        batch: Tensors = {}
        for name in rows[0].tensors:
            joined = torch.cat([row.tensors[name] for row in rows]).to(device)
            batch[name] = joined.to(dtype) if joined.is_floating_point() else joined
        chosen = GenerationConfig(
            do_sample=False, num_beams=1, max_new_tokens=rows[0].most, eos_token_id=sorted(self._ends),
            pad_token_id=self._padding,
        )  # fmt: skip
        with torch.inference_mode():
            whole = self._model.generate(**batch, generation_config=chosen)
        fresh = whole[:real, batch["input_ids"].shape[1] :].tolist()
        return [self._written(row, ids) for row, ids in zip(rows, fresh, strict=False)]

    def _written(self, row: _Row, ids: list[int]) -> Written:
        end = next((place for place, one in enumerate(ids) if one in self._ends), None)
        own = ids if end is None else ids[:end]
        text = self._processor.tokenizer.decode(own, skip_special_tokens=True).strip()
        tokens = len(own) + (end is not None)
        self._spent(row.prompt_tokens, tokens)
        return Written(text, TOO_LONG if end is None else None, row.prompt_tokens, tokens)


def _thickened(image: RGB) -> Image.Image:
    """The image, its shorter side stretched where processors would refuse its shape; shares of its sides stay true."""
    height, width = image.shape[:2]
    least = -(-max(height, width) // _SLIMMEST)
    size = (max(width, least), max(height, least))
    drawn = Image.fromarray(image)
    return drawn if size == drawn.size else drawn.resize(size, Image.Resampling.NEAREST)


def load_writer(
    folder: ModelFolder, dtype: str, compute: Compute, *, prompts_at_once: int, halved: Callable[[], None],
    spent: Callable[[int, int], None],
) -> TransformersWriter:  # fmt: skip
    """The model of a folder; code that comes with it is never run. Raises ValueError where it is no such model."""
    given = {"trust_remote_code": False, "local_files_only": True}
    try:
        processor = AutoProcessor.from_pretrained(folder.path, **given)
        model = AutoModelForImageTextToText.from_pretrained(
            folder.path, dtype=DTYPES[dtype], use_safetensors=True, **given
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ValueError(f"IMGDIFF_CAPTIONING_VLM: {folder.use.name} cannot be loaded: {error}") from error
    if getattr(processor, "chat_template", None) is None:
        raise ValueError(f"IMGDIFF_CAPTIONING_VLM: {folder.use.name} has no chat template")
    return TransformersWriter(
        model, processor, compute, models=(folder.use,), prompts_at_once=prompts_at_once, halved=halved, spent=spent
    )
