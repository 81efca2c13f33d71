"""Matcher `open_clip`: both towers of CLIP. The paper uses its cosine of two captions, not that of caption and crop."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import open_clip
import torch
from open_clip.constants import HF_SAFE_WEIGHTS_NAME

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.gpu.clip import ImageTower, TextTower, build_clip
from services.gpu.compute import Batches, Compute
from services.gpu.weights import weight_file
from services.matching.limits import CLIP_THRESHOLDS


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


def load_clip(name: str, weights: str, compute: Compute, *, prefix: str, stage: str, rows: Batches) -> ClipTextMatcher:
    """The network that the settings of this prefix name; raises as `weight_file` and `build_clip` do."""
    file = weight_file(weights, f"{prefix}CLIP_WEIGHTS", HF_SAFE_WEIGHTS_NAME, stage=stage)
    model = build_clip(name, file.path, prefix=prefix)
    return ClipTextMatcher(model, open_clip.get_tokenizer(name), compute, use=file.use, rows=rows)
