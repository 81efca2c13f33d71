"""CLIP's image tower (OpenCLIP): one direction for what a crop shows; ViT-B/32 is the paper's (section 15.3)."""

from collections.abc import Callable, Sequence

import numpy as np
import open_clip
import torch

from imgdiff.images import RGB
from services.detection.embedding import Floats
from services.gpu.clip import squared
from services.gpu.compute import Batches, Compute


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
