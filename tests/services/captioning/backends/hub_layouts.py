"""The presets as their hub repositories lay them out: names of files, keys and tensors; tiny and random.

`hub_files` holds the JSON files and chat templates of each with the hub's keys and small sizes.
"""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoConfig, AutoModelForImageTextToText

_FILES = Path(__file__).parent / "hub_files"
PRESETS = sorted(path.name for path in _FILES.iterdir())
_QWEN = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>")
_PADS = ("<|image_pad|>", "<|video_pad|>")
_LLAVA = ("<pad>", "<s>", "</s>", "<image>")
_THOUGHTS = ("<think>", "</think>")  # added to Qwen3.5's vocabulary, and not special
_MERGES = (("Y", "e"), ("Ye", "s"), ("N", "o"))


def write_layout(preset: str, folder: Path) -> None:
    """The repository of a preset in an empty folder."""
    for path in (_FILES / preset).iterdir():
        shutil.copy(path, folder)
    is_llava, thinks = preset == "llava-next", preset.startswith("qwen3.5")
    _save_weights(folder, is_llava=is_llava)
    _save_tokenizer(folder, _LLAVA if is_llava else (*_QWEN, *_PADS), _THOUGHTS if thinks else ())


def _save_weights(folder: Path, *, is_llava: bool) -> None:
    """Two shards and their index. A tied head is in none; Qwen3.5 has tensors for speculative decoding beside."""
    config = json.loads((folder / "config.json").read_text())
    torch.manual_seed(3)
    model = AutoModelForImageTextToText.from_config(AutoConfig.from_pretrained(folder))
    tied = config.get("tie_word_embeddings", False)
    state = {name: one.contiguous() for name, one in model.state_dict().items() if not (tied and "lm_head" in name)}
    tensors = {_llava_name(name): one for name, one in state.items()} if is_llava else state
    if config["text_config"].get("mtp_num_hidden_layers"):
        tensors |= {"mtp.fc.weight": torch.zeros(32, 64), "mtp.norm.weight": torch.zeros(32)}
    names, where = sorted(tensors), {}
    for number, part in enumerate((names[::2], names[1::2]), 1):
        file = f"model-0000{number}-of-00002.safetensors"
        save_file({name: tensors[name] for name in part}, folder / file, metadata={"format": "pt"})
        where |= dict.fromkeys(part, file)
    total = sum(one.numel() * one.element_size() for one in tensors.values())
    index = {"metadata": {"total_size": total}, "weight_map": where}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def _llava_name(name: str) -> str:
    """A tensor's name in the hub's files, which are older than the classes."""
    name = name.removeprefix("model.").replace("lm_head.", "language_model.lm_head.")
    name = name.replace("vision_tower.", "vision_tower.vision_model.")
    return name if "lm_head" in name else name.replace("language_model.", "language_model.model.")


def _save_tokenizer(folder: Path, special: tuple[str, ...], added: tuple[str, ...]) -> None:
    """Bytes as vocabulary, with the words Yes and No; the special tokens come first."""
    words = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet()), *map("".join, _MERGES), *added]
    vocabulary = {token: number for number, token in enumerate(words)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=list(_MERGES)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(one, special=True, normalized=False) for one in special])
    tokenizer.add_tokens([AddedToken(one, special=False, normalized=False) for one in added])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(map(" ".join, _MERGES)))
    known = {
        vocabulary[one]: {"content": one, "normalized": False, "special": one in special} for one in (*special, *added)
    }
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "added_tokens_decoder": known}))
