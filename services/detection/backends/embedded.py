"""Backend `embedded`: the small bundled networks, on the processor."""

import threading
from collections.abc import Sequence

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.models import use
from services.detection.perception import FloatMap
from services.embedded.classifier import Classifier
from services.embedded.embedding import CropEmbedder
from services.embedded.perceptual import Lpips
from services.embedded.pixels import resized
from services.embedded.tokens import PatchTokens

_LAYERS = slice(0, 5)  # blocks 5..9; the last one speaks of the scene and not of the place
# Blocks 5 and 6 find a thing again in another place, turned and relit: they order 75 % of cells rightly where something
# was taken away or added, block 7 does 67 %, block 8 61 %.
_RECOGNISES = 5, 6
_SIDE = 1280
_SMALLEST = 64  # pixels a side that LPIPS needs
_TOKENS = 1024
# Cosines of this embedder, not of the paper's CLIP: photos that show a real change lie between 0.80 and 0.985, the same
# scene in other light above 0.99; crops of what really changed stay below 0.77, so that gate keeps the paper's 0.85.
_CALIBRATED = {"region.no_evidence": 0.1, "pair.too_different": 0.75, "pair.too_similar": 0.99}
_WEIGHTS = ("vits14-int8", "lpips-alex", "efficientnet-lite0", "squeezenet")


class EmbeddedPerception:
    """ViT patch tokens, LPIPS and a crop embedder, shared by all pairs of one process."""

    name = "embedded"
    map_threshold = 0.14

    def __init__(self, threads: int) -> None:
        self.models = use("detection", *_WEIGHTS)
        self.thresholds = dict(_CALIBRATED)
        self._tokens = PatchTokens(threads)
        self._recognised = PatchTokens(threads, _RECOGNISES)
        self._lpips = Lpips(threads)
        self._embedder = CropEmbedder(Classifier(threads), threads)
        self._rows = 0
        self._counting = threading.Lock()
        cv2.setNumThreads(threads)

    @property
    def rows(self) -> int:
        """Pictures sent through a network since the start."""
        return self._rows

    def _count(self, rows: int) -> None:
        with self._counting:
            self._rows += rows

    def warm_up(self) -> None:
        """Run every network once."""
        blank = np.zeros((_SMALLEST, _SMALLEST, 3), np.uint8)
        self.change_map(blank, blank)
        self.tokens(blank)
        self.similarities([blank], [blank])

    def change_map(self, image1: RGB, image2: RGB) -> FloatMap:
        """Geometric mean of LPIPS and token distance: texture and meaning must both have changed."""
        self._count(4)
        height, width = image1.shape[:2]
        size = _fitting(width, height)
        small1, small2 = (resized(image, size[1], size[0]) for image in (image1, image2))
        texture = cv2.resize(self._lpips(small1, small2).map, (width, height)).clip(0, None)
        tokens1, tokens2 = (self._tokens(image, _TOKENS)[_LAYERS] for image in (image1, image2))
        meaning = cv2.resize((1 - (tokens1 * tokens2).sum(-1)).mean(0), (width, height)).clip(0, None)
        return np.asarray(cv2.GaussianBlur(np.sqrt(texture * meaning), (0, 0), 2), dtype=np.float32)

    def tokens(self, image: RGB) -> FloatMap:
        """Two of the shallower blocks, a cell a patch."""
        self._count(1)
        return self._recognised(image, _TOKENS)

    def similarities(self, crops1: Sequence[RGB], crops2: Sequence[RGB]) -> list[float | None]:
        """Cosine of the crops' embeddings; each distinct crop goes through the networks once."""
        crops = [*crops1, *crops2]
        keys = [(crop.shape, crop.tobytes()) for crop in crops]
        distinct = dict(zip(keys, crops, strict=True))
        self._count(2 * len(distinct))
        place = {key: index for index, key in enumerate(distinct)}
        embedded = self._embedder.embed(list(distinct.values()))[[place[key] for key in keys]]
        cosines = (embedded[: len(crops1)] * embedded[len(crops1) :]).sum(1)
        return [round(float(value), 4) for value in cosines]


def _fitting(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, _SIDE / max(width, height))
    return max(_SMALLEST, round(width * scale)), max(_SMALLEST, round(height * scale))
