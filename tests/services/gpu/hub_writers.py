"""Tiny random networks of the real architectures, written as the hub has each model of the catalogue."""

import json
from pathlib import Path

import torch
from open_clip import add_model_config
from safetensors.torch import save_file
from transformers import (
    BertTokenizerFast,
    BlipConfig,
    BlipForImageTextRetrieval,
    BlipImageProcessor,
    BlipProcessor,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from benchmarks.speed.random_captioners import byte_tokenizer
from benchmarks.speed.random_instruct import TINY as TINY_KLEIN
from benchmarks.speed.random_instruct import flux2_klein, tiny_qwen_image_edit
from benchmarks.speed.random_sdxl import TINY as TINY_SDXL
from benchmarks.speed.random_sdxl import pipeline
from services.gpu.clip import build_clip
from tests.services.editing.backends.instruct.hub_folder import QWEN, lay_out
from tests.services.gpu.layouts import as_checkpoint, as_transformers_4, change_config

CLIP = "tiny-layout"
_CLIP = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
_WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "the", "photo", "of", "dog", "cat", "on", "red", "sofa"]
_CHAT = "{% for message in messages %}USER: {{ message.content }} {% endfor %}ASSISTANT:"
SHARD = "40KB"  # many shards of a tiny network


def write_clip(folder: Path) -> None:
    """As timm has CLIP for OpenCLIP, with its older checkpoint beside it."""
    config = folder / f"{CLIP}.json"
    config.write_text(json.dumps(_CLIP))
    add_model_config(config)
    config.unlink()
    weights = build_clip(CLIP, prefix="").state_dict()
    save_file(weights, folder / "open_clip_model.safetensors")
    torch.save(weights, folder / "open_clip_pytorch_model.bin")
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": _CLIP}))


def write_blip(folder: Path) -> None:
    """As the commit that the default pins has BLIP: safetensors, and the processor of transformers 4."""
    (folder / "vocab.txt").write_text("\n".join(_WORDS))
    vision = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    marks = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "sep_token_id": 3}
    config = BlipConfig(
        text_config={**vision, "vocab_size": len(_WORDS), "encoder_hidden_size": 32, **marks},
        vision_config={**vision, "image_size": 32, "patch_size": 8},
        image_text_hidden_size=16,
    )
    BlipForImageTextRetrieval(config).save_pretrained(folder)
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"))
    BlipProcessor(BlipImageProcessor(size={"height": 32, "width": 32}), tokenizer).save_pretrained(folder)
    as_transformers_4(folder)
    change_config(folder / "config.json", torch_dtype="float32")


def write_blip_of_main(folder: Path) -> None:
    """As the hub's main has it: a checkpoint of PyTorch alone."""
    write_blip(folder)
    as_checkpoint(folder)


def write_qwen3(folder: Path) -> None:
    """A chat model in shards, its template inside the tokenizer's configuration."""
    config = Qwen3Config(
        vocab_size=320,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    Qwen3ForCausalLM(config).to(torch.bfloat16).save_pretrained(folder, max_shard_size=SHARD)
    byte_tokenizer(("<pad>", "<s>", "</s>", "<image>"), {}).save_pretrained(folder)
    change_config(folder / "tokenizer_config.json", chat_template=_CHAT)
    as_transformers_4(folder)


def write_sdxl(folder: Path) -> None:
    """In both precisions, with an older decoder and another format that no component needs."""
    tiny = pipeline(TINY_SDXL, vocabulary=1000)
    tiny.save_pretrained(folder)
    tiny.to(torch.float16).save_pretrained(folder, variant="fp16")
    (folder / "vae_1_0").mkdir()
    save_file({"old.weight": torch.ones(2)}, folder / "vae_1_0" / "diffusion_pytorch_model.safetensors")
    (folder / "unet" / "model.onnx").write_bytes(b"another format")


def write_flux2_klein(folder: Path) -> None:
    """The text encoder in two shards, the rest whole."""
    lay_out(flux2_klein(TINY_KLEIN, dtype=torch.bfloat16), folder, {"text_encoder": "75KB"})


def write_qwen_image_edit(folder: Path) -> None:
    """Both large networks in shards, and a processor of transformers 4."""
    lay_out(tiny_qwen_image_edit(), folder, QWEN)
