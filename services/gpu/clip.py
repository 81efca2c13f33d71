"""CLIP (OpenCLIP): a network by name and weights, and its two towers; ViT-B/32 is the paper's (15.3)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from PIL import Image
from safetensors import SafetensorError

from imgdiff.errors import WeightsCorrupt
from imgdiff.images import RGB
from services.gpu.compute import Compute


def build_clip(name: str, weights: Path | None = None, *, prefix: str) -> open_clip.CLIP:
    """A CLIP from OpenCLIP's list, random without a safetensors file; `prefix` is that of the service's settings.

    Raises ValueError for an unknown name or another model's weights, WeightsCorrupt for a broken file.
    """
    if name not in open_clip.list_models():
        raise ValueError(f"unknown {prefix}CLIP_MODEL {name!r}; `open_clip.list_models()` has the known ones")
    file = None if weights is None else str(weights)
    try:
        return open_clip.create_model(name, pretrained=file, load_weights=file is not None, pretrained_text=False)
    except SafetensorError as error:
        raise WeightsCorrupt(f"{weights} is no safetensors file: {error}") from error
    except RuntimeError as error:
        raise ValueError(f"{prefix}CLIP_WEIGHTS are not of the model {name}: {error}") from error


class ImageTower:
    """Unit vectors of crops; only the owner thread uses it. The text tower is not moved to the device."""

    def __init__(self, model: open_clip.CLIP, compute: Compute) -> None:
        tower = model.visual
        self.tower = tower.to(compute.device).eval()
        self._side = tower.image_size[0]
        self._compute = compute
        self._mean = torch.tensor(tower.image_mean, device=compute.device)
        self._deviation = torch.tensor(tower.image_std, device=compute.device)

    def __call__(self, crops: Sequence[RGB], real: int) -> torch.Tensor:
        """Unit rows of the first `real` crops, (real, dimensions) float32 on the processor; a network for `Batches`."""
        pixels = np.stack([crop_square(crop, self._side) for crop in crops])
        with self._compute.running():
            batch = torch.from_numpy(pixels).to(self._compute.device).float() / 255
            batch = ((batch - self._mean) / self._deviation).permute(0, 3, 1, 2)
            return _normalize(self.tower(batch)[:real])


class TextTower:
    """Unit vectors of texts, of which 77 tokens are read; only the owner thread uses it."""

    def __init__(self, model: open_clip.CLIP, tokenizer: Callable[[list[str]], torch.Tensor], compute: Compute) -> None:
        self.model: Any = model.to(compute.device).eval()
        self._tokenizer = tokenizer
        self._compute = compute

    def __call__(self, texts: Sequence[str], real: int) -> torch.Tensor:
        """Unit rows of the first `real` texts, (real, dimensions) float32 on the processor; a network for `Batches`."""
        with self._compute.running():
            tokens = self._tokenizer(list(texts)).to(self._compute.device)
            return _normalize(self.model.encode_text(tokens)[:real])


def _normalize(rows: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(rows.float(), dim=-1).cpu()


def crop_square(crop: RGB, side: int) -> RGB:
    """The middle of a crop at side x side, bicubic: the pixels of OpenCLIP's own transform.

    That one enlarges before it crops, which would take gigabytes for a crop of 1 x 4000 pixels.
    """
    height, width = crop.shape[:2]
    whole = [side * length // min(height, width) for length in (width, height)]
    starts = [round((length - side) / 2) for length in whole]
    left, right = (edge * width / whole[0] for edge in (starts[0], starts[0] + side))
    top, bottom = (edge * height / whole[1] for edge in (starts[1], starts[1] + side))
    box = (left, top, min(right, width), min(bottom, height))
    return np.asarray(Image.fromarray(crop).resize((side, side), Image.Resampling.BICUBIC, box=box))
