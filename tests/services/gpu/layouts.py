"""Models as the hub lays them out: real file names and configuration keys, small random tensors.

A `Layout` of every model of the catalogue goes through the loader of its backend in `test_layouts.py`. To add one,
write a tiny network with `save_pretrained` (or what the hub's files were written with), change what the hub has
otherwise with the functions below, and add a row to the table there.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Layout:
    """How a model's files are written, and the loader that takes what its setting names."""

    model: str
    """Its name in the catalogue of `imgdiff/backends`."""
    write: Callable[[Path], None]
    load: Callable[[str], object]


def into_hub_cache(folder: Path, name: str, cache: Path, revision: str = "main") -> Path:
    """Put a folder into the hub's cache under a name; the snapshot's folder. A commit is its own revision."""
    repository = cache / f"models--{name.replace('/', '--')}"
    commit = revision if len(revision) == len(COMMIT) else COMMIT
    snapshot = repository / "snapshots" / commit
    shutil.copytree(folder, snapshot)
    reference = repository / "refs" / revision
    reference.parent.mkdir(parents=True, exist_ok=True)
    reference.write_text(commit)
    return snapshot


def as_checkpoint(folder: Path, file: str = "pytorch_model.bin") -> None:
    """Replace the folder's model.safetensors by a checkpoint of PyTorch, as older models have it."""
    weights = folder / "model.safetensors"
    torch.save(load_file(weights), folder / file)
    weights.unlink()


def rename_tensors(file: Path, rename: Callable[[str], str]) -> None:
    """Give a safetensors file the names that the hub's file has."""
    save_file({rename(name): tensor for name, tensor in load_file(file).items()}, file, metadata={"format": "pt"})


def change_config(file: Path, **keys: object) -> None:
    """Set keys of a JSON file as the hub's has them; None removes one."""
    table = json.loads(file.read_text()) | keys
    file.write_text(json.dumps({key: value for key, value in table.items() if value is not None}))


def as_transformers_4(folder: Path) -> None:
    """Split what transformers 5 writes into one file as version 4 did, which most models of the hub were saved with."""
    change_config(folder / "config.json", torch_dtype="bfloat16", dtype=None, transformers_version="4.57.0")
    whole = folder / "processor_config.json"
    if whole.is_file():
        processor = json.loads(whole.read_text())
        kind = {"processor_class": processor["processor_class"]}
        for key, file in (("image", "preprocessor_config.json"), ("video", "video_preprocessor_config.json")):
            if part := processor.pop(f"{key}_processor", None):
                (folder / file).write_text(json.dumps(part | kind))
        whole.write_text(json.dumps(processor))
        if processor == kind:
            whole.unlink()
    template = folder / "chat_template.jinja"
    if template.is_file():
        (folder / "chat_template.json").write_text(json.dumps({"chat_template": template.read_text()}))
        template.unlink()
