"""Decoding of a language model: seconds a step against the time that memory needs to deliver the weights.

Every step reads all weights of the language model once, whatever the batch, and the keys and values of every row. The
floor is their bytes over the measured bandwidth; what a step takes beyond it goes to launching kernels and arithmetic.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from transformers import PreTrainedModel

from benchmarks.speed.areas import Clock
from imgdiff.errors import ImgdiffError
from services.captioning.backends.image_text import TransformersWriter
from services.captioning.two_stages.writer import Prompt
from services.gpu.compute import Compute

_BOUND = 0.5  # share of the bandwidth from which memory is what limits a step; chosen


@dataclass(frozen=True)
class Decoding:
    """Seconds of a batch: until its first token, and for each of `steps` further ones, with the floor of one."""

    first: float
    step: float
    floor: float
    steps: int

    @property
    def limit(self) -> str:
        """What most of an answer's time goes to."""
        if self.first > self.step * self.steps:
            return "reading images and prompts (arithmetic)"
        return "memory bandwidth" if self.floor >= _BOUND * self.step else "launching kernels, not memory"

    def __str__(self) -> str:
        share = 100 * self.floor / self.step
        return (
            f"first token {1e3 * self.first:.4g} ms, then {1e3 * self.step:.4g} ms a token, {share:.3g} % of the "
            f"bandwidth (floor {1e3 * self.floor:.3g} ms); limited by {self.limit}"
        )


def measure_decoding(
    writer: TransformersWriter, model: PreTrainedModel, prompts: Sequence[Prompt], compute: Compute, bandwidth: float
) -> Decoding:
    """Of one batch of prompts. Raises ValueError where all answers end at once, so that there is no step to measure."""
    clock = Clock(compute.device)

    def run(most: int) -> tuple[float, int, int]:
        started = clock.now()
        written = writer.write([replace(prompt, max_new_tokens=most) for prompt in prompts])
        seconds = clock.now() - started
        answers = [one for one in written if not isinstance(one, ImgdiffError)]
        return seconds, max(one.completion_tokens for one in answers), max(one.prompt_tokens for one in answers)

    most = prompts[0].max_new_tokens
    run(most)
    first, _, _ = run(1)
    whole, tokens, length = run(most)
    if tokens < 2:
        raise ValueError("every answer ends at its first token")
    step = max(1e-9, whole - first) / (tokens - 1)
    read = weight_bytes(model) + len(prompts) * (length + tokens / 2) * cache_bytes(model)
    return Decoding(first, step, read / bandwidth, tokens - 1)


def weight_bytes(model: PreTrainedModel) -> int:
    """Bytes that a step reads: the language model and its head. Of an embedding that is no head it reads few rows."""
    tied = bool(model.config.tie_word_embeddings)
    return sum(
        one.numel() * one.element_size()
        for name, one in model.named_parameters()
        if ("language_model" in name and (tied or "embed_tokens" not in name)) or "lm_head" in name
    )


def cache_bytes(model: PreTrainedModel) -> int:
    """Bytes of keys and values that one token leaves."""
    text = model.config.get_text_config()
    head = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return int(2 * text.num_hidden_layers * text.num_key_value_heads * head * model.dtype.itemsize)


def measure_bandwidth(compute: Compute, size: int) -> float:
    """Bytes a second that a copy of `size` bytes reads and writes: the best of ten runs after three warm-up runs."""
    one = torch.ones(size, dtype=torch.uint8, device=compute.device)
    two = torch.empty_like(one)
    clock, best = Clock(compute.device), np.inf
    for run in range(13):
        started = clock.now()
        two.copy_(one)
        seconds = clock.now() - started
        best = min(best, seconds) if run >= 3 else best
    return float(2 * size / best)
