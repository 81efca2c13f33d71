"""SDXL of any size with random weights and CLIP's real vocabulary, or the beginning of it."""

import gzip
import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer
from transformers.modeling_utils import local_torch_dtype

_BEGIN, _END = "<|startoftext|>", "<|endoftext|>"
VOCABULARY = 49408  # tokens of CLIP
_UNMERGED = 512 + 2  # the bytes, with and without a mark of a word's end, and two special tokens

Config = Mapping[str, Any]

# The public configurations of SDXL base 1.0.
BASE: Mapping[str, Config] = {
    "unet": {
        "sample_size": 128,
        "block_out_channels": (320, 640, 1280),
        "layers_per_block": 2,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "attention_head_dim": (5, 10, 20),
        "transformer_layers_per_block": (1, 2, 10),
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816,
        "cross_attention_dim": 2048,
    },
    "vae": {
        "block_out_channels": (128, 256, 512, 512),
        "layers_per_block": 2,
        "sample_size": 1024,
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
    },
    "text": {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12},
    "text_2": {
        "hidden_size": 1280,
        "intermediate_size": 5120,
        "num_hidden_layers": 32,
        "num_attention_heads": 20,
        "projection_dim": 1280,
        "hidden_act": "gelu",
    },
}

# The same layers with two levels of attention; latents have half the image's side.
TINY: Mapping[str, Config] = {
    "unet": {
        "sample_size": 32,
        "block_out_channels": (32, 64, 64),
        "layers_per_block": 1,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "attention_head_dim": (2, 4, 4),
        "transformer_layers_per_block": (1, 1, 2),
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 6 * 8 + 32,
        "cross_attention_dim": 64,
        "norm_num_groups": 16,
    },
    "vae": {
        "block_out_channels": (16, 32),
        "layers_per_block": 1,
        "sample_size": 64,
        "norm_num_groups": 8,
        "down_block_types": ("DownEncoderBlock2D",) * 2,
        "up_block_types": ("UpDecoderBlock2D",) * 2,
    },
    "text": {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4},
    "text_2": {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "projection_dim": 32,
    },
}


def pipeline(
    size: Mapping[str, Config],
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
    vocabulary: int = VOCABULARY,
    **unet: object,
) -> StableDiffusionXLPipeline:
    """Build the pipeline on the device; the decoder is float32 as in the service."""
    with torch.device(device):
        made = _network(lambda: UNet2DConditionModel(**(_UNET | dict(size["unet"]) | unet)), dtype)
        vae = AutoencoderKL(in_channels=3, out_channels=3, latent_channels=4, scaling_factor=0.13025, **size["vae"])
        text = _network(lambda: CLIPTextModel(_text(size["text"], vocabulary)), dtype)
        text_2 = _network(lambda: CLIPTextModelWithProjection(_text(size["text_2"], vocabulary)), dtype)
    tokenizers = clip_tokenizer(_END, vocabulary), clip_tokenizer("!", vocabulary)
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", timestep_spacing="leading", steps_offset=1
    )
    made_of = {"unet": made, "vae": vae.eval(), "text_encoder": text, "text_encoder_2": text_2, "scheduler": scheduler}
    whole = StableDiffusionXLPipeline(
        **made_of, tokenizer=tokenizers[0], tokenizer_2=tokenizers[1], add_watermarker=False
    )
    whole.set_progress_bar_config(disable=True)
    return whole


_UNET: Config = {"in_channels": 4, "out_channels": 4, "use_linear_projection": True, "addition_embed_type": "text_time"}


def _network(make: Any, dtype: torch.dtype) -> Any:
    with local_torch_dtype(dtype):
        return make().eval().requires_grad_(False)


def _text(size: Config, vocabulary: int) -> CLIPTextConfig:
    marks = {"bos_token_id": vocabulary - 2, "eos_token_id": vocabulary - 1, "pad_token_id": 1}
    return CLIPTextConfig(vocab_size=vocabulary, **marks, **size)


def clip_tokenizer(padding: str, vocabulary: int = VOCABULARY) -> CLIPTokenizer:
    """CLIP's tokenizer, from the list of merges in OpenCLIP; SDXL's two differ in their padding.

    A smaller vocabulary cuts words into more tokens, and loads in a hundredth of the time.
    """
    package = Path((find_spec("open_clip").submodule_search_locations or [""])[0])
    with gzip.open(package / "bpe_simple_vocab_16e6.txt.gz", "rt", encoding="utf-8") as file:
        merges = file.read().split("\n")[1 : vocabulary - _UNMERGED + 1]
    symbols = _byte_symbols()
    tokens = [*symbols, *(symbol + "</w>" for symbol in symbols), *("".join(line.split()) for line in merges)]
    with TemporaryDirectory() as folder:
        numbered = {token: number for number, token in enumerate((*tokens, _BEGIN, _END))}
        (Path(folder) / "vocab.json").write_text(json.dumps(numbered), encoding="utf-8")
        (Path(folder) / "merges.txt").write_text("\n".join(("#version: 0.2", *merges)), encoding="utf-8")
        return CLIPTokenizer.from_pretrained(folder, model_max_length=77, pad_token=padding)


def _byte_symbols() -> list[str]:
    """A printable character for every byte, in CLIP's order."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + number) for number in range(len(hidden))]
