"""Qwen3-VL of any size with random weights and a vocabulary of bytes: all of the work, meaningless text."""

from dataclasses import dataclass

import torch
from transformers import (
    PreTrainedModel,
    ProcessorMixin,
    Qwen2VLImageProcessor,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
)
from transformers.modeling_utils import local_torch_dtype

from benchmarks.speed.random_captioners import byte_tokenizer

_TEMPLATE = (
    "{% for message in messages %}{% for part in message.content %}{% if part.type == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part.text }}{% endif %}{% endfor %}{% endfor %}"
)
_SPECIAL = ("<pad>", "<s>", "</s>", "<|image_pad|>", "<|vision_start|>", "<|vision_end|>", "<|video_pad|>")
_PATCH = 16


@dataclass(frozen=True)
class QwenSize:
    """Widths and depths of the language model, then of the vision tower."""

    hidden: int = 32
    layers: int = 2
    heads: int = 4
    shared_heads: int = 2
    head: int = 8
    inner: int = 64
    vocabulary: int = 320
    sections: tuple[int, int, int] = (2, 1, 1)
    vision_hidden: int = 32
    vision_layers: int = 2
    vision_heads: int = 4
    vision_inner: int = 64
    places: int = 64
    deep: tuple[int, ...] = (0,)


TINY_QWEN = QwenSize()
# Of the hub's config.json of Qwen/Qwen3-VL-8B-Instruct.
QWEN_8B = QwenSize(4096, 36, 32, 8, 128, 12288, 151936, (24, 20, 20), 1152, 27, 16, 4304, 2304, (8, 16, 24))


def qwen(
    size: QwenSize, device: str = "cpu", dtype: torch.dtype = torch.float32
) -> tuple[PreTrainedModel, ProcessorMixin]:
    """The network, created on its device, and its processor."""
    with local_torch_dtype(dtype), torch.device(device):
        model = Qwen3VLForConditionalGeneration(_config(size))
    sizes = {"shortest_edge": (2 * _PATCH) ** 2, "longest_edge": 2**24}
    images = Qwen2VLImageProcessor(patch_size=_PATCH, temporal_patch_size=2, merge_size=2, size=sizes)
    tokenizer = byte_tokenizer(_SPECIAL, {"image_token": "<|image_pad|>", "video_token": "<|video_pad|>"})
    videos = Qwen3VLVideoProcessor()
    return model.eval(), Qwen3VLProcessor(images, tokenizer, video_processor=videos, chat_template=_TEMPLATE)


def _config(size: QwenSize) -> Qwen3VLConfig:
    text = {
        "vocab_size": size.vocabulary,
        "hidden_size": size.hidden,
        "intermediate_size": size.inner,
        "num_hidden_layers": size.layers,
        "head_dim": size.head,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.shared_heads,
        "max_position_embeddings": 262144,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "rope_parameters": {"rope_type": "default", "mrope_section": list(size.sections), "rope_theta": 5e6},
    }
    vision = {
        "depth": size.vision_layers,
        "hidden_size": size.vision_hidden,
        "intermediate_size": size.vision_inner,
        "num_heads": size.vision_heads,
        "patch_size": _PATCH,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "out_hidden_size": size.hidden,
        "num_position_embeddings": size.places,
        "deepstack_visual_indexes": list(size.deep),
    }
    tokens = {"image_token_id": 3, "vision_start_token_id": 4, "vision_end_token_id": 5, "video_token_id": 6}
    return Qwen3VLConfig(text_config=text, vision_config=vision, **tokens)
