"""Matcher `open_clip`: both towers of CLIP. The paper uses its cosine of two captions, not that of caption and crop."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import open_clip
import torch

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.captioning.limits import CLIP_THRESHOLDS
from services.gpu.clip import ImageTower, TextTower
from services.gpu.compute import Batches, Compute


class ClipTextMatcher:
    """See `TextMatcher`; only the owner thread uses it. The network reads 77 tokens of a text."""

    calibrated: Mapping[str, float] = CLIP_THRESHOLDS

    def __init__(
        self,
        model: open_clip.CLIP,
        tokenizer: Callable[[list[str]], torch.Tensor],
        compute: Compute,
        *,
        use: ModelUse,
        rows: Batches,
    ) -> None:
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
