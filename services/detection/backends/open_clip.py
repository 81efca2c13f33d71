"""CLIP's image tower (OpenCLIP): one direction for what a crop shows; ViT-B/32 is the paper's (section 15.3)."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import open_clip
import torch
from PIL import Image
from safetensors import SafetensorError

from imgdiff.errors import WeightsCorrupt
from imgdiff.images import RGB
from services.detection.backends.compute import Batches, Compute
from services.detection.embedding import Floats


def build_clip(name: str, weights: Path | None = None) -> open_clip.CLIP:
    """A CLIP of OpenCLIP's list, random without a safetensors file.

    Raises ValueError for an unknown name or another model's weights, WeightsCorrupt for a broken file.
    """
    if name not in open_clip.list_models():
        raise ValueError(f"unknown IMGDIFF_DETECTION_CLIP_MODEL {name!r}; `open_clip.list_models()` has the known ones")
    file = None if weights is None else str(weights)
    try:
        return open_clip.create_model(name, pretrained=file, load_weights=file is not None, pretrained_text=False)
    except SafetensorError as error:
        raise WeightsCorrupt(f"{weights} is no safetensors file: {error}") from error
    except RuntimeError as error:
        raise ValueError(f"IMGDIFF_DETECTION_CLIP_WEIGHTS are not of the model {name}: {error}") from error


class OpenClipEmbedder:
    """Embeds crops by a network that only the owner thread uses; `halved` is told when a batch had to be halved."""

    def __init__(
        self, model: open_clip.CLIP, compute: Compute, *, crops_at_once: int, halved: Callable[[], None]
    ) -> None:
        tower = model.visual  # the text tower is not needed and never reaches the device
        self._tower = tower.to(compute.device).eval()
        self._side = tower.image_size[0]
        self._compute = compute
        self._mean = torch.tensor(tower.image_mean, device=compute.device)
        self._deviation = torch.tensor(tower.image_std, device=compute.device)
        self._crops = Batches(crops_at_once, halved)

    def embed(self, crops: Sequence[RGB]) -> Floats:
        """See `Embedder`."""
        if not crops:
            return np.zeros((0, 0), np.float32)
        return np.concatenate(self._crops.run(crops, self._embed))

    def _embed(self, crops: Sequence[RGB], real: int) -> Floats:
        pixels = np.stack([squared(crop, self._side) for crop in crops])
        with self._compute.running():
            batch = torch.from_numpy(pixels).to(self._compute.device).float() / 255
            batch = ((batch - self._mean) / self._deviation).permute(0, 3, 1, 2)
            rows = self._tower(batch)[:real].float()
            unit: Floats = torch.nn.functional.normalize(rows, dim=-1).cpu().numpy()
        return unit


def squared(crop: RGB, side: int) -> RGB:
    """The middle of a crop at side x side, bicubic: the pixels that OpenCLIP's own transform would make.

    That one enlarges first and cuts then, which for a crop of 1 x 4000 pixels would take gigabytes.
    """
    height, width = crop.shape[:2]
    whole = [side * length // min(height, width) for length in (width, height)]
    starts = [round((length - side) / 2) for length in whole]
    left, right = (edge * width / whole[0] for edge in (starts[0], starts[0] + side))
    top, bottom = (edge * height / whole[1] for edge in (starts[1], starts[1] + side))
    box = (left, top, min(right, width), min(bottom, height))
    return np.asarray(Image.fromarray(crop).resize((side, side), Image.Resampling.BICUBIC, box=box))
