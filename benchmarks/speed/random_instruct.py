"""FLUX.2 klein of any size and a tiny Qwen-Image-Edit, with random weights and a vocabulary of bytes."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from diffusers import (
    AutoencoderKLFlux2,
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    QwenImageEditPlusPipeline,
    QwenImageTransformer2DModel,
)
from tokenizers import pre_tokenizers
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen2VLImageProcessor,
    Qwen2VLProcessor,
    Qwen2VLVideoProcessor,
    Qwen3Config,
    Qwen3ForCausalLM,
)
from transformers.modeling_utils import local_torch_dtype

Config = Mapping[str, Any]
_BYTES = 256  # the special tokens follow, as in Qwen's vocabulary
_SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% if enable_thinking is false %}<think>\n\n</think>\n\n"
    "{% endif %}{% endif %}"
)

# The configurations of FLUX.2 klein 4B.
BASE: Mapping[str, Config] = {
    "transformer": {
        "in_channels": 128,
        "num_layers": 5,
        "num_single_layers": 20,
        "attention_head_dim": 128,
        "num_attention_heads": 24,
        "joint_attention_dim": 7680,
    },
    "vae": {},
    "text": {
        "vocab_size": 151936,
        "hidden_size": 2560,
        "intermediate_size": 9728,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
    },
}

# Every layer that the pipeline reads from, two levels of the autoencoder: latents have half the image's side.
TINY: Mapping[str, Config] = {
    "transformer": {
        "in_channels": 16,
        "num_layers": 1,
        "num_single_layers": 1,
        "attention_head_dim": 16,
        "num_attention_heads": 2,
        "joint_attention_dim": 48,
        "axes_dims_rope": (4, 4, 4, 4),
    },
    "vae": {
        "block_out_channels": (8, 8),
        "down_block_types": ("DownEncoderBlock2D",) * 2,
        "up_block_types": ("UpDecoderBlock2D",) * 2,
        "layers_per_block": 1,
        "latent_channels": 4,
        "norm_num_groups": 4,
    },
    "text": {
        "vocab_size": 320,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 28,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 8,
    },
}


def flux2_klein(
    size: Mapping[str, Config], device: str = "cpu", dtype: torch.dtype = torch.float32, *, distilled: bool = True
) -> Flux2KleinPipeline:
    """Build the pipeline on the device; the autoencoder is float32 as in the service."""
    with torch.device(device):
        transformer = _network(lambda: Flux2Transformer2DModel(guidance_embeds=False, **size["transformer"]), dtype)
        vae = _network(lambda: AutoencoderKLFlux2(**size["vae"]), torch.float32)
        text = _network(lambda: Qwen3ForCausalLM(Qwen3Config(**size["text"])), dtype)
    parts = {"transformer": transformer, "vae": vae, "text_encoder": text, "tokenizer": byte_tokenizer()}
    made = Flux2KleinPipeline(scheduler=_scheduler(3.0), is_distilled=distilled, **parts)
    made.set_progress_bar_config(disable=True)
    return made


def tiny_qwen_image_edit() -> QwenImageEditPlusPipeline:
    """Every module of the large one; latents have half the image's side."""
    transformer = QwenImageTransformer2DModel(
        in_channels=16,
        out_channels=4,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=16,
        axes_dims_rope=(4, 6, 6),
        zero_cond_t=True,
    )
    vae = AutoencoderKLQwenImage(
        base_dim=8,
        z_dim=4,
        dim_mult=[1, 1],
        num_res_blocks=1,
        temperal_downsample=[False],
        latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    )
    tokenizer = byte_tokenizer()
    pixels = Qwen2VLImageProcessor(min_pixels=28 * 28, max_pixels=56 * 56)
    parts = {
        "transformer": transformer.eval(),
        "vae": vae.eval(),
        "text_encoder": Qwen2_5_VLForConditionalGeneration(_tiny_vl()).eval(),
        "tokenizer": tokenizer,
        "processor": Qwen2VLProcessor(pixels, tokenizer, Qwen2VLVideoProcessor(), chat_template=_TEMPLATE),
    }
    made = QwenImageEditPlusPipeline(scheduler=_scheduler(1.0), **parts)
    made.set_progress_bar_config(disable=True)
    return made


def byte_tokenizer() -> Qwen2Tokenizer:
    """One token for each byte and Qwen's special ones, in the class of the real one."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate((*alphabet, *_SPECIAL))}
    return Qwen2Tokenizer(vocab=vocabulary, merges=[], extra_special_tokens=list(_SPECIAL[1:]), chat_template=_TEMPLATE)


def _tiny_vl() -> Qwen2_5_VLConfig:
    text = {
        "vocab_size": 320,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "bos_token_id": None,
        "eos_token_id": _BYTES + 2,
        "rope_parameters": {"rope_type": "default", "mrope_section": [2, 1, 1], "rope_theta": 10000.0},
    }
    vision = {
        "depth": 2,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_heads": 2,
        "out_hidden_size": 16,
        "fullatt_block_indexes": [1],
        "window_size": 28,
    }
    named = ("vision_start", "vision_end", "image", "video")
    tokens = {f"{name}_token_id": number for number, name in enumerate(named, _BYTES + 3)}
    return Qwen2_5_VLConfig(text_config=text, vision_config=vision, **tokens)


def _scheduler(shift: float) -> FlowMatchEulerDiscreteScheduler:
    return FlowMatchEulerDiscreteScheduler(shift=shift, use_dynamic_shifting=True)


def _network(make: Callable[[], torch.nn.Module], dtype: torch.dtype) -> Any:
    with local_torch_dtype(dtype):
        return make().eval().requires_grad_(False)
