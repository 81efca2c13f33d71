"""`python -m services.gpu.convert IN OUT`: PyTorch checkpoints (.bin, .pt, .pth) as safetensors.

A checkpoint is a pickle, which can run code when it is read. It is read with torch's restricted unpickler, which knows
tensors alone, and only its tensors are written; networks are loaded from the safetensors file. Services convert what
they find once, into a cache; the command is for folders that a service may only read.
"""

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from filelock import FileLock, Timeout
from safetensors.torch import save_file

from imgdiff.backends.safetensors_files import SUFFIX, list_shards
from imgdiff.backends.selection import BESIDE
from imgdiff.errors import WeightsCorrupt, WeightsUnavailable
from imgdiff.weights import ModelSettings
from services.gpu.digests import digest_of, own_cache

CHECKPOINTS = (".bin", ".pt", ".pth")
_INDEX = "pytorch_model.bin.index.json"
_NESTED = ("model", "state_dict")  # under which some checkpoints keep their tensors
_HOW = "python -m services.gpu.convert IN OUT"


def find_checkpoints(folder: Path) -> list[Path]:
    """A folder's checkpoint as transformers names it, or its shards; raises WeightsCorrupt where a shard is missing."""
    index = folder / _INDEX
    if index.is_file():
        return list_shards(index)
    return [file for file in [folder / "pytorch_model.bin"] if file.is_file()]


def convert_file(source: Path, target: Path) -> int:
    """Write the tensors of `source` to `target` and return how many; raises ValueError unless it has only tensors."""
    tensors = dict(_separate(_read(source)))
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    save_file(tensors, partial, metadata={"format": "pt", "source": source.name, "source_sha256": digest_of(source)})
    partial.replace(target)
    return len(tensors)


def convert_folder(source: Path, target: Path) -> int:
    """Write a model's folder with safetensors in the place of its checkpoints; the number of files converted."""
    files = find_checkpoints(source)
    if not files:
        raise ValueError(f"{source} has no pytorch_model.bin and no index of shards")
    target.mkdir(parents=True, exist_ok=True)
    for file in _beside(source):
        shutil.copyfile(file, target / file.name)
    for file in files:
        if not (target / _rename(file.name)).is_file():
            convert_file(file, target / _rename(file.name))
    if (source / _INDEX).is_file():
        table = json.loads((source / _INDEX).read_text())
        table["weight_map"] = {name: _rename(shard) for name, shard in table["weight_map"].items()}
        (target / f"model{SUFFIX}.index.json").write_text(json.dumps(table))
    return len(files)


def converted_file(source: Path) -> Path:
    """The safetensors file of a checkpoint, written once; raises ValueError, or WeightsUnavailable for lack of room."""
    folder = own_cache() / "converted" / digest_of(source)
    target = folder / f"{source.stem}{SUFFIX}"
    with _converting(source, folder):
        if not target.is_file():
            convert_file(source, target)
    return target


def converted_folder(source: Path, checkpoints: Sequence[Path]) -> Path:
    """A folder with safetensors in the place of these checkpoints, written once; raises as `converted_file`."""
    digests = [digest_of(file) for file in (*checkpoints, *_beside(source))]
    folder = own_cache() / "converted" / hashlib.sha256("\n".join(digests).encode()).hexdigest()
    with _converting(source, folder):
        if not (folder / "done").is_file():
            convert_folder(source, folder)
            (folder / "done").touch()
    return folder


def _beside(folder: Path) -> list[Path]:
    return sorted(file for pattern in BESIDE for file in folder.glob(pattern) if file.name != _INDEX)


def _rename(name: str) -> str:
    """`pytorch_model-00001-of-00002.bin` -> `model-00001-of-00002.safetensors`."""
    return f"{Path(name).stem.removeprefix('pytorch_')}{SUFFIX}"


@contextmanager
def _converting(source: Path, folder: Path) -> Iterator[None]:
    """One process converts into a folder while others wait; a failure to write says what to do instead."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock", timeout=ModelSettings().lock_timeout_seconds):
            yield
    except (OSError, Timeout) as error:
        raise WeightsUnavailable(
            f"{source} must be converted to safetensors once, and {folder} cannot be written: {error}; set HF_HOME "
            f"to a folder with room that can be written, or convert it elsewhere with `{_HOW}`"
        ) from error


def _read(source: Path) -> Mapping[str, torch.Tensor]:
    try:
        loaded = torch.load(source, map_location="cpu", weights_only=True)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # bytes that are no pickle make the unpickler raise anything
        raise ValueError(f"{source} is broken or has more than tensors in it, so it is not read: {error}") from error
    table = _unwrap(loaded)
    if not isinstance(table, dict) or not all(isinstance(value, torch.Tensor) for value in table.values()):
        raise ValueError(f"{source} is no state dict, that is a table of names and tensors")
    return {str(name): value for name, value in table.items()}


def _unwrap(loaded: object) -> object:
    """What a checkpoint keeps under one key, as SAM 2's does."""
    nested = (loaded.get(key) for key in _NESTED) if isinstance(loaded, dict) else ()
    return next((table for table in nested if isinstance(table, dict)), loaded)


def _separate(tensors: Mapping[str, torch.Tensor]) -> Iterator[tuple[str, torch.Tensor]]:
    """Tensors that share no memory, as safetensors requires; those that are alone in theirs are not copied."""
    seen: set[int] = set()
    for name, tensor in tensors.items():
        own = tensor.contiguous()
        storage = own.untyped_storage()
        shared = storage.data_ptr() in seen or storage.nbytes() != own.nbytes
        seen.add(storage.data_ptr())
        yield name, own.clone() if shared else own


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, metavar="IN", help="a .bin, .pt or .pth file, or a model's folder")
    parser.add_argument("target", type=Path, metavar="OUT", help="a .safetensors file, or a folder for a folder")
    arguments = parser.parse_args()
    source, target = arguments.source, arguments.target
    try:
        if source.is_dir():
            print(f"{target}: {convert_folder(source, target)} files")
        else:
            print(f"{target}: {convert_file(source, target)} tensors")
    except (ValueError, OSError, WeightsCorrupt) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
