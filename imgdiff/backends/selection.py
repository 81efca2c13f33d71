"""Which files of a repository a network needs: one precision, one format, and no code."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from imgdiff.backends.repository import Listing, RemoteFile, fetch_files
from imgdiff.backends.safetensors_files import SUFFIX
from imgdiff.errors import WeightsCorrupt
from imgdiff.weights.fetch import silent

INDEX = "model_index.json"
BESIDE = ("*.json", "*.jinja", "*.txt", "*.model")
"""What a network needs besides its weights: configuration, templates, vocabularies."""
_CHECKPOINTS = ("pytorch_model.bin", "pytorch_model-*.bin", "pytorch_model.bin.index.json")


def folder_files(listing: Listing) -> tuple[RemoteFile, ...]:
    """The files of a transformers model: safetensors, or a checkpoint of PyTorch where there are none."""
    beside = listing.matching(BESIDE, ("*/*", "pytorch_model.bin.index.json", "tf_*", "flax_*"))
    weights = _shards_or_all(listing.matching([f"*{SUFFIX}"], ["*/*"]))
    return (*beside, *(weights or listing.matching(_CHECKPOINTS, ["*/*"])))


def pipeline_files(listing: Listing, variant: str) -> tuple[RemoteFile, ...]:
    """The files of a diffusers pipeline's components, the weights in one variant; `auto`: fp16 where all have it."""
    index = listing.matching([INDEX])
    parts = components(fetch_files(listing, index, silent)) if index else []
    beside: list[RemoteFile] = []
    by_part: list[tuple[RemoteFile, ...]] = []
    for part in parts:
        beside += listing.matching([f"{part}/{pattern}" for pattern in BESIDE], [f"{part}/*/*"])
        by_part.append(listing.matching([f"{part}/*{SUFFIX}"], [f"{part}/*/*"]))
    if variant == "auto":
        variant = common_variant([[file.path for file in files] for files in by_part])
    weights = [file for files in by_part for file in files if _is_of(file.path, variant)]
    return (*index, *beside, *weights)


def components(folder: Path) -> list[str]:
    """The parts that a pipeline's index names, empty without one; raises WeightsCorrupt where it is broken."""
    try:
        table = TypeAdapter(dict[str, object]).validate_json((folder / INDEX).read_bytes())
    except FileNotFoundError:
        return []
    except ValidationError as error:
        raise WeightsCorrupt(f"{folder / INDEX} is no index of a pipeline") from error
    return [name for name, kind in table.items() if isinstance(kind, list) and kind and kind[0] is not None]


def common_variant(parts: Sequence[Sequence[str]]) -> str:
    """`fp16` where every component with weights, by their names, has files of it; else empty."""
    weighty = [names for names in parts if names]
    return "fp16" if weighty and all(any(_is_of(name, "fp16") for name in names) for names in weighty) else ""


def _is_of(name: str, variant: str) -> bool:
    """`model.fp16.safetensors` and `model.fp16-00001-of-00002.safetensors` are of the variant fp16."""
    marks = Path(name).name.removesuffix(SUFFIX).split(".")[1:]
    return [mark.split("-")[0] for mark in marks] == ([variant] if variant else [])


def _shards_or_all(files: Sequence[RemoteFile]) -> tuple[RemoteFile, ...]:
    """Of a whole file, its shards and its variants only one set: as transformers looks for them."""
    plain = [file for file in files if _is_of(file.path, "")]
    whole = [file for file in plain if file.path == f"model{SUFFIX}"]
    shards = [file for file in plain if file.path.startswith("model-")]
    return tuple(whole or shards or plain)
