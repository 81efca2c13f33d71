"""Pipelines of diffusers from their folders, with their autoencoder in float32, and errors that name the setting."""

from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from diffusers import DiffusionPipeline
from safetensors import SafetensorError

from imgdiff.errors import WeightsCorrupt
from services.gpu.compute import DTYPES
from services.gpu.weights import ModelFolder

Pipeline = TypeVar("Pipeline", bound=DiffusionPipeline)


def load_from_folder(
    kind: type[Pipeline],
    folder: ModelFolder,
    dtype: str,
    setting: str,
    *,
    also: Sequence[type[DiffusionPipeline]] = (),
    **options: Any,
) -> Pipeline:
    """The pipeline of a folder of that kind, or `also` of others, in the host's memory.

    Raises ValueError, which names both kinds where they differ, or WeightsCorrupt.
    """
    _require_kind([kind, *also], folder, setting)
    try:
        found: Pipeline = kind.from_pretrained(
            folder.path,
            dtype={"vae": torch.float32, "default": DTYPES[dtype]},
            use_safetensors=True,
            local_files_only=True,
            **options,
        )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError, SafetensorError) as error:
        if _is_broken_file(error):
            raise WeightsCorrupt(f"{setting}: {folder.use.name} has a broken file: {error}") from error
        raise ValueError(f"{setting}: {folder.use.name} cannot be loaded: {error}") from error
    found.set_progress_bar_config(disable=True)
    return found


def _require_kind(kinds: Sequence[type[DiffusionPipeline]], folder: ModelFolder, setting: str) -> None:
    try:
        named = kinds[0].load_config(folder.path, local_files_only=True).get("_class_name")
    except (OSError, ValueError, AttributeError) as error:
        raise ValueError(f"{setting}: model_index.json of {folder.use.name} cannot be read: {error}") from error
    known = [kind.__name__ for kind in kinds]
    if named not in known:
        raise ValueError(f"{setting}: {folder.use.name} is a {named}; this setting needs a {' or a '.join(known)}")


def _is_broken_file(error: BaseException | None) -> bool:
    """Whether a broken safetensors file is the root cause; diffusers wraps that error in others."""
    return error is not None and (
        isinstance(error, SafetensorError) or _is_broken_file(error.__cause__ or error.__context__)
    )
