"""LLaVA of any size with random weights and a vocabulary of bytes: all of the work, meaningless text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaNextImageProcessor,
    LlavaNextProcessor,
    LlavaProcessor,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    ProcessorMixin,
)
from transformers.modeling_utils import local_torch_dtype

_SPECIAL = ("<pad>", "<s>", "</s>", "<image>")
_NAMED = {"image_token": "<image>"}
_TEMPLATE = (
    "{% for message in messages %}USER: {% for part in message.content %}{% if part.type == 'image' %}<image>\n"
    "{% else %}{{ part.text }}{% endif %}{% endfor %} {% endfor %}ASSISTANT:"
)
Kind = Literal["llava", "llava-next"]


@dataclass(frozen=True)
class Size:
    """Widths and depths of the language model, then of the vision tower."""

    hidden: int = 32
    layers: int = 2
    heads: int = 4
    inner: int = 64
    vocabulary: int = 320
    vision_hidden: int = 32
    vision_layers: int = 2
    vision_heads: int = 4
    vision_side: int = 32
    vision_patch: int = 8


TINY = Size()
SEVEN_B = Size(4096, 32, 32, 11008, 32064, 1024, 24, 16, 336, 14)


def captioner(
    kind: Kind, size: Size, device: str = "cpu", dtype: torch.dtype = torch.float32
) -> tuple[PreTrainedModel, ProcessorMixin]:
    """The network, created on its device, and its processor."""
    text = LlamaConfig(
        vocab_size=size.vocabulary,
        hidden_size=size.hidden,
        intermediate_size=size.inner,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads,
        max_position_embeddings=8192,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    vision = CLIPVisionConfig(
        hidden_size=size.vision_hidden,
        intermediate_size=4 * size.vision_hidden,
        num_hidden_layers=size.vision_layers,
        num_attention_heads=size.vision_heads,
        image_size=size.vision_side,
        patch_size=size.vision_patch,
    )
    shared = {"text_config": text, "vision_config": vision, "image_token_index": 3, "vision_feature_layer": -2}
    side = size.vision_side
    pinpoints = [[side, 2 * side], [2 * side, side], [2 * side, 2 * side]]
    with local_torch_dtype(dtype), torch.device(device):
        if kind == "llava":
            model = LlavaForConditionalGeneration(LlavaConfig(**shared))
        else:
            config = LlavaNextConfig(**shared, image_grid_pinpoints=pinpoints)
            model = LlavaNextForConditionalGeneration(config)
    return model.eval(), _processor(kind, size, pinpoints)


def _processor(kind: Kind, size: Size, pinpoints: list[list[int]]) -> ProcessorMixin:
    pixels = {
        "size": {"shortest_edge": size.vision_side},
        "crop_size": {"height": size.vision_side, "width": size.vision_side},
    }
    shared = {
        "tokenizer": byte_tokenizer(),
        "patch_size": size.vision_patch,
        "vision_feature_select_strategy": "default",
        "chat_template": _TEMPLATE,
        "num_additional_image_tokens": 1,
    }
    if kind == "llava":
        return LlavaProcessor(image_processor=CLIPImageProcessor(**pixels), **shared)
    return LlavaNextProcessor(
        image_processor=LlavaNextImageProcessor(**pixels, image_grid_pinpoints=pinpoints), **shared
    )


def byte_tokenizer(special: Sequence[str] = _SPECIAL, named: Mapping[str, str] = _NAMED) -> PreTrainedTokenizerFast:
    """One token for each byte, after the special ones; `named` maps a processor's names to some of those."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate((*special, *alphabet))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(special))
    pad, begin, end = special[:3]
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=pad, bos_token=begin, eos_token=end, extra_special_tokens=dict(named)
    )
