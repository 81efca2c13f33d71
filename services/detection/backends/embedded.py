"""Backend `embedded`: the small bundled networks, on the processor."""

import threading
from collections.abc import Sequence

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.models import use
from services.detection.embedding import Floats
from services.detection.once import Once
from services.detection.perception import FloatMap
from services.embedded.classifier import Classifier
from services.embedded.embedding import WIDTH, CropEmbedder
from services.embedded.perceptual import Lpips
from services.embedded.pixels import resized, unit_length
from services.embedded.tokens import PatchTokens

_LAYERS = slice(0, 5)  # blocks 5..9; the last one speaks of the scene and not of the place
_RECOGNISES = 3  # block 8 finds the same thing again in another place
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
        self.embed([blank])

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

    def novelty(self, image1: RGB, image2: RGB) -> FloatMap:
        """One minus the best cosine of each token of image1 with any token of image2, what all share removed."""
        self._count(2)
        grids = [self._tokens(image, _TOKENS)[_RECOGNISES] for image in (image1, image2)]
        flat = [grid.reshape(-1, grid.shape[-1]) for grid in grids]
        shared = np.concatenate(flat).mean(0)
        own1, own2 = (unit_length(tokens - shared) for tokens in flat)
        lost = (1 - (own1 @ own2.T).max(1)).reshape(grids[0].shape[:2])
        height, width = image1.shape[:2]
        return np.asarray(cv2.resize(lost, (width, height)).clip(0, 1), dtype=np.float32)

    def embed(self, crops: Sequence[RGB]) -> Floats:
        """Shape (N, 1792), each row of unit length, in order; each distinct crop goes through both networks once."""
        once = Once[Floats](lambda unknown: list(self._embedder.embed(unknown)))
        (rows,), (distinct,) = once([crops])
        self._count(2 * distinct)
        return np.array(rows, np.float32).reshape(-1, WIDTH)


def _fitting(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, _SIDE / max(width, height))
    return max(_SMALLEST, round(width * scale)), max(_SMALLEST, round(height * scale))
