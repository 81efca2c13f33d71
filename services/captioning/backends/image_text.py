"""Backend `transformers`: any AutoModelForImageTextToText with a chat template, batched, greedy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor, GenerationConfig

from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.captioning.limits import MOST_ASPECT, PADDING_TOKENS, PREPARED_BATCHES
from services.captioning.two_stages.writer import TOO_LONG, Prompt, Written
from services.gpu.compute import DTYPES, Batches, Compute
from services.gpu.weights import ModelFolder
from services.serving.isolation import isolate

PRESETS = {
    "llava-next": "llava-hf/llava-v1.6-vicuna-13b-hf",  # the paper's; Llama 2 community licence
    "qwen3-vl": "Qwen/Qwen3-VL-2B-Instruct",  # Apache-2.0
}
_SEQUENCES = frozenset({"input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids"})

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class _Row:
    """One prompt as tensors: sequences (1, tokens) padded on the left, and pixels as the processor made them."""

    number: int
    tensors: Tensors
    prompt_tokens: int
    most: int

    @property
    def shape(self) -> tuple[object, ...]:
        """Lengths, shapes of the pixels and sizes of the images; rows of one shape may share a batch."""
        parts: list[object] = [self.most]
        for name, value in sorted(self.tensors.items()):
            is_size = name not in _SEQUENCES and not value.is_floating_point()
            parts.append((name, tuple(value.shape), value.numpy().tobytes() if is_size else b""))
        return tuple(parts)


class TransformersWriter:
    """Writes by a network in this process; `spent` gets the tokens of every answer.

    Only rows of one shape share a batch, and a batch is filled up to its size: no answer depends on the others. Prompts
    are padded to a multiple of `padding` tokens.
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
        padding: int = PADDING_TOKENS,
    ) -> None:
        self.models = models
        self._model = model.to(compute.device).eval()
        self._processor = processor
        self._compute = compute
        self._batches = batches
        self._spent = spent
        self._padded_to = padding
        tokenizer, known = processor.tokenizer, model.generation_config
        self._padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
        ends = known.eos_token_id if known.eos_token_id is not None else tokenizer.eos_token_id
        self._ends = frozenset(ends if isinstance(ends, list | tuple) else [ends])

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
        content = [{"type": "image", "image": _widen(image)} for image in prompt.images]
        chat = [{"role": "user", "content": [*content, {"type": "text", "text": prompt.instruction}]}]
        made = self._processor.apply_chat_template(
            chat, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
        )
        length = made["input_ids"].shape[1]
        missing = -length % self._padded_to
        filling = {"input_ids": self._padding}
        tensors = {
            name: torch.nn.functional.pad(value, (missing, 0), value=filling.get(name, 0))
            if name in _SEQUENCES
            else value
            for name, value in made.items()
        }
        return _Row(number, tensors, length, prompt.max_new_tokens)

    def _generate(self, rows: Sequence[_Row], real: int) -> list[Written]:
        device, dtype = self._compute.device, self._model.dtype
        batch: Tensors = {}
        for name in rows[0].tensors:
            joined = torch.cat([row.tensors[name] for row in rows]).to(device)
            batch[name] = joined.to(dtype) if joined.is_floating_point() else joined
        chosen = GenerationConfig(
            do_sample=False,
            num_beams=1,
            max_new_tokens=rows[0].most,
            eos_token_id=sorted(self._ends),
            pad_token_id=self._padding,
        )
        with torch.inference_mode():
            whole = self._model.generate(**batch, generation_config=chosen)
        fresh = whole[:real, batch["input_ids"].shape[1] :].tolist()
        return [self._decode(row, ids) for row, ids in zip(rows, fresh, strict=False)]

    def _decode(self, row: _Row, ids: list[int]) -> Written:
        end = next((place for place, one in enumerate(ids) if one in self._ends), None)
        own = ids if end is None else ids[:end]
        text = self._processor.tokenizer.decode(own, skip_special_tokens=True).strip()
        tokens = len(own) + (end is not None)
        self._spent(row.prompt_tokens, tokens)
        return Written(text, TOO_LONG if end is None else None, row.prompt_tokens, tokens)


def _widen(image: RGB) -> Image.Image:
    """The image, stretched where processors would refuse its aspect ratio; shares of its sides stay true."""
    height, width = image.shape[:2]
    least = -(-max(height, width) // MOST_ASPECT)
    size = (max(width, least), max(height, least))
    drawn = Image.fromarray(image)
    return drawn if size == drawn.size else drawn.resize(size, Image.Resampling.NEAREST)


def load_writer(
    folder: ModelFolder, dtype: str, compute: Compute, *, batches: Batches, spent: Callable[[int, int], None]
) -> TransformersWriter:
    """The model of a folder; code in the folder is never run. Raises ValueError where it is no such model."""
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
    return TransformersWriter(model, processor, compute, models=(folder.use,), batches=batches, spent=spent)
