"""CLIP's image tower (OpenCLIP): one direction for what a crop shows; ViT-B/32 is the paper's (section 15.3)."""

from collections.abc import Callable, Sequence

import numpy as np
import open_clip
import torch

from imgdiff.images import RGB
from services.gpu.clip import ImageTower
from services.gpu.compute import Batches, Compute
from services.imaging.arrays import Floats


class OpenClipEmbedder:
    """Embeds crops by a network that only the owner thread uses; `halved` is called when a batch had to be halved."""

    def __init__(
        self, model: open_clip.CLIP, compute: Compute, *, crops_at_once: int, halved: Callable[[], None]
    ) -> None:
        self._embed = ImageTower(model, compute)
        self._crops = Batches(crops_at_once, halved)

    def embed(self, crops: Sequence[RGB]) -> Floats:
        """See `Embedder`."""
        if not crops:
            return np.zeros((0, 0), np.float32)
        rows: Floats = torch.cat(self._crops.run(crops, self._embed)).numpy()
        return rows
