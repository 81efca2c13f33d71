"""CLIP (OpenCLIP): a network by name and weights, and its two towers; ViT-B/32 is the paper's (15.3)."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from open_clip.pretrained import get_pretrained_cfg, list_pretrained_tags_by_model
from PIL import Image
from safetensors import SafetensorError

from imgdiff.errors import WeightsCorrupt
from imgdiff.images import RGB
from services.gpu.compute import Compute
from services.gpu.preprocessing import Preprocessing

_CONFIG = "open_clip_config.json"  # OpenCLIP writes it beside the weights
_STATED = ("mean", "std", "interpolation", "resize_mode")
_RESAMPLES = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


def build_clip(name: str, weights: Path | None = None, *, prefix: str) -> open_clip.CLIP:
    """A CLIP from OpenCLIP's list, random without a safetensors file; `prefix` is that of the service's settings.

    Its preprocessing is that of the configuration beside the file, else of most weights published for the architecture:
    a file alone states none, and OpenCLIP would then normalise all others as OpenAI's. Raises ValueError for an unknown
    name or another model's weights, WeightsCorrupt for a broken file.
    """
    if name not in open_clip.list_models():
        raise ValueError(f"unknown {prefix}CLIP_MODEL {name!r}; `open_clip.list_models()` has the known ones")
    file = None if weights is None else str(weights)
    try:
        return open_clip.create_model(
            name,
            pretrained=file,
            load_weights=file is not None,
            pretrained_text=False,
            force_preprocess_cfg=_preprocessing(name, weights),
        )
    except SafetensorError as error:
        raise WeightsCorrupt(f"{weights} is no safetensors file: {error}") from error
    except RuntimeError as error:
        raise ValueError(f"{prefix}CLIP_WEIGHTS are not of the model {name}: {error}") from error


def _preprocessing(name: str, weights: Path | None) -> dict[str, Any]:
    """Mean, deviation, interpolation and whether an image is stretched or cut, where any are stated."""
    beside = None if weights is None else weights.with_name(_CONFIG)
    if beside is not None and beside.is_file():
        try:
            stated = dict(json.loads(beside.read_text()).get("preprocess_cfg", {}))
        except (ValueError, AttributeError, TypeError) as error:
            raise ValueError(f"{beside} states no preprocess_cfg: {error}") from error
        return {key: stated[key] for key in _STATED if key in stated}
    published = Counter(
        tuple((key, _hashable(value)) for key, value in get_pretrained_cfg(name, tag).items() if key in _STATED)
        for tag in list_pretrained_tags_by_model(name)
    )
    return dict(published.most_common(1)[0][0]) if published else {}


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _read_preprocessing(tower: Any) -> Preprocessing:
    stated: Mapping[str, Any] = tower.preprocess_cfg
    height, width = tower.image_size
    return Preprocessing(
        height,
        width,
        tuple(stated["mean"]),
        tuple(stated["std"]),
        _RESAMPLES[stated["interpolation"]],
        None if stated["resize_mode"] == "squash" else min(height, width),
    )


class ImageTower:
    """Unit vectors of crops; only the owner thread uses it. The text tower is not moved to the device.

    `bfloat16`: whether it multiplies in it; null: as the device does.
    """

    def __init__(self, model: open_clip.CLIP, compute: Compute, *, bfloat16: bool | None = None) -> None:
        tower = model.visual
        self.tower = compute.place(tower).eval()
        self._preprocessing = _read_preprocessing(tower)
        self._compute = compute
        self._autocast, self._dtype = bfloat16, torch.float32
        if bfloat16 and compute.device.type == "cpu":
            # Under autocast torch's attention copies its weights for each of 50 patches: 2.1 s for two crops.
            self._autocast, self._dtype = False, torch.bfloat16
            self.tower.to(self._dtype)

    def __call__(self, crops: Sequence[RGB], real: int) -> torch.Tensor:
        """Unit rows of the first `real` crops, (real, dimensions) float32 on the processor; a network for `Batches`."""
        pixels = np.stack([self._preprocessing.fit(crop) for crop in crops])
        with self._compute.running(bfloat16=self._autocast):
            batch = self._preprocessing.normalize(torch.from_numpy(pixels).to(self._compute.device))
            return _normalize(self.tower(batch.to(self._dtype))[:real])


class TextTower:
    """Unit vectors of texts, of which 77 tokens are read; only the owner thread uses it."""

    def __init__(self, model: open_clip.CLIP, tokenizer: Callable[[list[str]], torch.Tensor], compute: Compute) -> None:
        self.model: Any = compute.place(model).eval()
        self._tokenizer = tokenizer
        self._compute = compute

    def __call__(self, texts: Sequence[str], real: int) -> torch.Tensor:
        """Unit rows of the first `real` texts, (real, dimensions) float32 on the processor; a network for `Batches`."""
        with self._compute.running():
            tokens = self._tokenizer(list(texts)).to(self._compute.device)
            return _normalize(self.model.encode_text(tokens)[:real])


def _normalize(rows: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(rows.float(), dim=-1).cpu()
