"""Matcher `open_clip`: both towers of CLIP. The paper uses its cosine of two captions, not that of caption and crop."""

from collections.abc import Mapping, Sequence

import numpy as np
import open_clip
import torch
from open_clip.constants import HF_SAFE_WEIGHTS_NAME

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.english.exchange import ExchangedNouns
from services.english.inflection import with_article
from services.gpu.clip import ImageTower, TextTower, build_clip
from services.gpu.compute import Batches, Compute, Dtype
from services.gpu.weights import weight_file
from services.matching.limits import CLIP_THRESHOLDS, REMEMBERED_VECTORS, SIGLIP_THRESHOLDS
from services.matching.object_matcher import Crop


class ClipTextMatcher:
    """See `TextMatcher` and `ObjectMatcher`; only the owner thread uses it. The network reads 77 tokens of a text."""

    looks_around = False

    def __init__(
        self,
        pictures: ImageTower,
        words: TextTower,
        *,
        use: ModelUse,
        rows: Batches,
        calibrated: Mapping[str, float] = CLIP_THRESHOLDS,
    ) -> None:
        self.models = (use,)
        self.calibrated = calibrated
        self._pictures, self._words = pictures, words
        self._rows = rows
        self._nouns: dict[str, torch.Tensor] = {}

    @property
    def crops_at_once(self) -> int:
        """See `ObjectMatcher`."""
        return self._rows.size

    def choose(self, nouns: ExchangedNouns) -> ExchangedNouns:
        """All: it was trained on free text."""
        return nouns

    def match_nouns(self, crops: Sequence[Crop], nouns: Sequence[Sequence[str]]) -> list[float]:
        """See `ObjectMatcher`: cosines with `a photo of a dog`, CLIP's own prompt."""
        self._remember({noun: None for own in nouns for noun in own})
        seen = [row for part in self._rows.run([one.pixels for one in crops], self._pictures) for row in part]
        return [
            max(float(picture @ self._nouns[noun]) for noun in own) for picture, own in zip(seen, nouns, strict=True)
        ]

    def match(self, crops: Sequence[RGB], texts: Sequence[str]) -> list[float]:
        """See `TextMatcher`: cosines, -1..1."""
        return _cosines(self._rows.run(crops, self._pictures), self._rows.run(texts, self._words))

    def alike(self, texts1: Sequence[str], texts2: Sequence[str]) -> list[float]:
        """See `TextMatcher`."""
        return _cosines(self._rows.run(texts1, self._words), self._rows.run(texts2, self._words))

    def _remember(self, nouns: Mapping[str, None]) -> None:
        if len(self._nouns) > REMEMBERED_VECTORS:
            self._nouns.clear()
        missing = [noun for noun in nouns if noun not in self._nouns]
        parts = self._rows.run([f"a photo of {with_article(noun)}" for noun in missing], self._words)
        vectors = [vector for part in parts for vector in part]
        self._nouns |= dict(zip(missing, vectors, strict=True))


def _cosines(one: Sequence[torch.Tensor], two: Sequence[torch.Tensor]) -> list[float]:
    if not one:
        return []
    products = (torch.cat(list(one)) * torch.cat(list(two))).sum(1).numpy()
    return [float(value) for value in np.minimum(1, np.maximum(-1, products))]  # NaN stays what it is


def load_clip(
    name: str, weights: str, compute: Compute, *, dtype: Dtype, prefix: str, stage: str, rows: Batches
) -> ClipTextMatcher:
    """The network that the settings of this prefix name; raises as `weight_file` and `build_clip` do."""
    file = weight_file(weights, f"{prefix}CLIP_WEIGHTS", HF_SAFE_WEIGHTS_NAME, stage=stage)
    model = build_clip(name, file.path, prefix=prefix)
    calibrated = SIGLIP_THRESHOLDS if "siglip" in name.lower() else CLIP_THRESHOLDS
    pictures = ImageTower(model, compute, bfloat16=compute.uses_bfloat16(dtype))
    words = TextTower(model, open_clip.get_tokenizer(name), compute)
    return ClipTextMatcher(pictures, words, use=file.use, rows=rows, calibrated=calibrated)
