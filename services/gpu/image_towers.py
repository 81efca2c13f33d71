"""Image towers of transformers beside CLIP's: SigLIP 2, DINOv2 and DINOv3, each with its own preprocessing."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from PIL import Image
from transformers import (
    Dinov2Model,
    DINOv3ConvNextModel,
    DINOv3ViTModel,
    Siglip2ImageProcessorPil,
    Siglip2VisionModel,
    SiglipVisionModel,
)

from imgdiff.images import RGB
from services.gpu.compute import Compute
from services.gpu.preprocessing import Preprocessing, read_preprocessing
from services.gpu.pretrained import load_pretrained, model_type
from services.gpu.weights import ModelFolder

# Checkpoints of SigLIP 2 at one fixed size have the type of SigLIP: only those of variable size are `siglip2`.
TOWERS: dict[str, dict[str, Any]] = {
    "siglip2": {"siglip": SiglipVisionModel, "siglip2": Siglip2VisionModel},
    "dinov2": {"dinov2": Dinov2Model},
    "dinov3": {"dinov3_vit": DINOv3ViTModel, "dinov3_convnext": DINOv3ConvNextModel},
}
"""The embedders by name, and the classes by the type of model that each takes."""


class Tower(Protocol):
    """A network for `Batches`; only the owner thread uses it."""

    def __call__(self, crops: Sequence[RGB], real: int) -> torch.Tensor:
        """Unit rows of the first `real` crops, (real, dimensions) float32 on the processor."""


class PooledTower:
    """Unit vectors by a network on the device, which sees images of one size."""

    def __init__(self, model: Any, preprocessing: Preprocessing, compute: Compute) -> None:
        self.model = model
        self._preprocessing = preprocessing
        self._compute = compute

    def __call__(self, crops: Sequence[RGB], real: int) -> torch.Tensor:
        """See `Tower`."""
        pixels = np.stack([self._preprocessing.fit(crop) for crop in crops])
        with self._compute.running():
            batch = self._preprocessing.normalize(torch.from_numpy(pixels).to(self._compute.device))
            return _unit(self.model(pixel_values=batch).pooler_output[:real])


class PatchedTower:
    """Unit vectors by SigLIP 2 of variable size: a crop keeps its aspect, its patches are padded to one number."""

    def __init__(self, model: Siglip2VisionModel, processor: Siglip2ImageProcessorPil, compute: Compute) -> None:
        self.model = model
        self._processor = processor
        self._compute = compute

    def __call__(self, crops: Sequence[RGB], real: int) -> torch.Tensor:
        """See `Tower`."""
        made = self._processor([Image.fromarray(crop) for crop in crops], return_tensors="pt").to(self._compute.device)
        with self._compute.running():
            seen = self.model(
                pixel_values=made["pixel_values"],
                pixel_attention_mask=made["pixel_attention_mask"],
                spatial_shapes=made["spatial_shapes"],
            )
            return _unit(seen.pooler_output[:real])


def _unit(rows: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(rows.float(), dim=-1).cpu()


def load_tower(name: str, folder: ModelFolder, compute: Compute, setting: str) -> Tower:
    """The tower of a name in `TOWERS`; raises ValueError naming the setting, or WeightsCorrupt."""
    classes = TOWERS[name]
    kind = model_type(folder, setting, tuple(classes))
    preprocessing = None if kind == "siglip2" else read_preprocessing(folder.path, setting)
    model = compute.place(load_pretrained(classes[kind], folder, setting), setting)
    if preprocessing is not None:
        return PooledTower(model, preprocessing, compute)
    try:
        processor = Siglip2ImageProcessorPil.from_pretrained(folder.path, local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{setting}: {folder.use.name} has no usable preprocessor_config.json: {error}") from error
    return PatchedTower(model, processor, compute)
