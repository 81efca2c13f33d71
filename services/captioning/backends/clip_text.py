"""Matcher `open_clip`: both towers of CLIP. Its cosine of two captions is the paper's, of caption and crop not."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.gpu.clip import ImageTower, TextTower
from services.gpu.compute import Batches, Compute

# CLIP's cosines of picture and text hardly pass 0.4 (Hessel et al., CLIPScore, 2021), so the paper's 0.4, which is of
# BLIP, would drop nearly all. 0.22 was not measured on this service's crops.
CALIBRATED = {"caption.mismatch": 0.22, "caption.too_similar": 0.85}
Floats = NDArray[np.float32]


class ClipTextMatcher:
    """See `TextMatcher`; only the owner thread uses it. What is beyond the network's 77 tokens is not read."""

    calibrated: Mapping[str, float] = CALIBRATED

    def __init__(
        self, model: open_clip.CLIP, tokenizer: Callable[[list[str]], torch.Tensor], compute: Compute, *,
        use: ModelUse, rows: Batches,
    ) -> None:  # fmt: skip
        self.models = (use,)
        self._pictures, self._words = ImageTower(model, compute), TextTower(model, tokenizer, compute)
        self._rows = rows

    def match(self, crops: Sequence[RGB], texts: Sequence[str]) -> list[float]:
        """See `TextMatcher`: cosines, -1..1."""
        return _cosines(self._rows.run(crops, self._pictures), self._rows.run(texts, self._words))

    def alike(self, texts1: Sequence[str], texts2: Sequence[str]) -> list[float]:
        """See `TextMatcher`."""
        return _cosines(self._rows.run(texts1, self._words), self._rows.run(texts2, self._words))


def _cosines(one: Sequence[torch.Tensor], two: Sequence[torch.Tensor]) -> list[float]:
    if not one:
        return []
    products = (torch.cat(list(one)) * torch.cat(list(two))).sum(1).numpy()
    return [float(value) for value in np.minimum(1, np.maximum(-1, products))]  # NaN stays what it is
