"""The embedder over any image tower: one direction for what a crop shows."""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from imgdiff.images import RGB
from services.gpu.compute import Batches
from services.gpu.image_towers import Tower
from services.imaging.arrays import Floats


class TowerEmbedder:
    """Embeds crops by a network that only the owner thread uses; `halved` is called when a batch had to be halved."""

    def __init__(self, tower: Tower, *, crops_at_once: int, halved: Callable[[], None]) -> None:
        self._tower = tower
        self._crops = Batches(crops_at_once, halved)

    def embed(self, crops: Sequence[RGB]) -> Floats:
        """See `Embedder`."""
        if not crops:
            return np.zeros((0, 0), np.float32)
        rows: Floats = torch.cat(self._crops.run(crops, self._tower)).numpy()
        return rows
