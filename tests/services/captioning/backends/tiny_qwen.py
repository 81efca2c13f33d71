"""Qwen3-VL, tiny and random: images as rows of patches, positions in three dimensions, no fixed size of picture."""

import torch
from transformers import PreTrainedModel, ProcessorMixin

from benchmarks.speed.random_qwen import TINY_QWEN, qwen


def tiny_qwen() -> tuple[PreTrainedModel, ProcessorMixin]:
    torch.manual_seed(3)
    return qwen(TINY_QWEN)
