"""Models of transformers: loaded from a folder as the hub lays it out, or refused with what the folder holds."""

import json
from collections.abc import Collection
from typing import Any, TypeVar

from safetensors import SafetensorError
from transformers import PreTrainedModel

from imgdiff.errors import WeightsCorrupt
from services.gpu.compute import DTYPES
from services.gpu.weights import ModelFolder

_VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json")
Model = TypeVar("Model", bound=PreTrainedModel)
_DETECTION = "IMGDIFF_DETECTION_"
_BELONGS = {
    "sam": f"{_DETECTION}BACKEND=sam",
    "sam2": f"{_DETECTION}BACKEND=sam2",
    "sam2_video": f"{_DETECTION}BACKEND=sam2",
    "sam3": f"{_DETECTION}BACKEND=sam3",
    "sam3_video": f"{_DETECTION}BACKEND=sam3",
    "mm-grounding-dino": f"{_DETECTION}BACKEND=grounding_dino",
    "siglip": f"{_DETECTION}EMBEDDER=siglip2",
    "siglip2": f"{_DETECTION}EMBEDDER=siglip2",
    "dinov2": f"{_DETECTION}EMBEDDER=dinov2",
    "dinov3_vit": f"{_DETECTION}EMBEDDER=dinov3",
    "blip": "IMGDIFF_CAPTIONING_BLIP_WEIGHTS",
    "llava_next": "IMGDIFF_CAPTIONING_VLM",
    "qwen3_vl": "IMGDIFF_CAPTIONING_VLM",
    "qwen3": "IMGDIFF_EDITING_REWRITER_MODEL",
}
"""Which setting takes the models of a type, as `config.json` names it."""


def model_type(folder: ModelFolder, setting: str, known: Collection[str], wanted: str = "") -> str:
    """The type that the folder's configuration states; raises ValueError unless it is one of `known`.

    `wanted` describes them in the error where they are too many to be listed.
    """
    try:
        stated = json.loads((folder.path / "config.json").read_text())["model_type"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{setting}: config.json of {folder.use.name} states no model_type: {error!r}") from error
    if stated not in known:
        elsewhere = f"; that is for {_BELONGS[stated]}" if stated in _BELONGS else ""
        listed = wanted or " or ".join(known)
        raise ValueError(f"{setting}: {folder.use.name} is of the type {stated!r}, not {listed}{elsewhere}")
    return str(stated)


def load_pretrained(kind: type[Model], folder: ModelFolder, setting: str, *, dtype: str = "float32") -> Model:
    """The network, or that of an auto class, with all its weights; raises ValueError by the setting, WeightsCorrupt."""
    try:
        loaded: tuple[Model, dict[str, Any]] = kind.from_pretrained(
            folder.path,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            dtype=DTYPES[dtype],
            output_loading_info=True,
        )
    except SafetensorError as error:
        raise WeightsCorrupt(f"{folder.use.name} has a broken safetensors file: {error}") from error
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"{setting}: {folder.use.name} cannot be loaded as {kind.__name__}: {error}") from error
    model, info = loaded
    lacking = sorted(info["missing_keys"])
    if lacking:
        lack = f"{len(lacking)} tensors of {type(model).__name__}, such as {lacking[0]}"
        raise ValueError(f"{setting}: {folder.use.name} lacks {lack}: its files are incomplete or another model's")
    model.eval()
    return model


def load_tokenizer(kind: Any, folder: ModelFolder, setting: str) -> Any:
    """The folder's tokenizer; raises ValueError naming the setting.

    Without the files of a vocabulary transformers would make an empty one, which reads nothing.
    """
    if not any((folder.path / file).is_file() for file in _VOCABULARIES):
        raise ValueError(f"{setting}: {folder.use.name} has no vocabulary ({', '.join(_VOCABULARIES)})")
    try:
        return kind.from_pretrained(folder.path, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{setting}: {folder.use.name} has no usable tokenizer: {error}") from error
