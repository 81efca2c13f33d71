"""A pipeline in the files in which the hub has it."""

import json
from collections.abc import Mapping
from pathlib import Path

from diffusers import DiffusionPipeline

KLEIN = {"text_encoder": "150KB"}
"""Parts in shards, and the size of one: two, as the hub has them."""
QWEN = {"text_encoder": "50KB", "transformer": "80KB"}


def lay_out(pipeline: DiffusionPipeline, folder: Path, shards: Mapping[str, str]) -> Path:
    """The tokenizers are as Qwen's first ones: vocabulary and merges."""
    pipeline.save_pretrained(folder)
    for part, size in shards.items():
        for file in (folder / part).glob("*.safetensors"):
            file.unlink()
        getattr(pipeline, part).save_pretrained(folder / part, max_shard_size=size)
    for part in (folder / "tokenizer", folder / "processor"):
        if part.is_dir():
            _split_tokenizer(part)
    if (folder / "processor").is_dir():
        _split_processor(folder / "processor")
    return folder


def _split_tokenizer(part: Path) -> None:
    """`vocab.json`, `merges.txt` and `added_tokens.json` in the place of `tokenizer.json`."""
    whole = json.loads((part / "tokenizer.json").read_text())
    added = {item["content"]: item["id"] for item in whole["added_tokens"]}
    vocabulary = {token: number for token, number in whole["model"]["vocab"].items() if token not in added}
    (part / "vocab.json").write_text(json.dumps(vocabulary))
    (part / "merges.txt").write_text("#version: 0.2\n")
    (part / "added_tokens.json").write_text(json.dumps(added))
    (part / "special_tokens_map.json").write_text(json.dumps({"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}))
    config = json.loads((part / "tokenizer_config.json").read_text())
    config["added_tokens_decoder"] = {str(item.pop("id")): item for item in whole["added_tokens"]}
    (part / "tokenizer_config.json").write_text(json.dumps(config))
    (part / "tokenizer.json").unlink()


def _split_processor(part: Path) -> None:
    """`preprocessor_config.json`, as processors were saved before transformers 5."""
    whole = json.loads((part / "processor_config.json").read_text())
    (part / "preprocessor_config.json").write_text(json.dumps(whole["image_processor"]))
    (part / "processor_config.json").unlink()
