"""Backend `embedded`: the small bundled networks, on the processor."""

import threading
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.weights import use
from services.detection.evidence.change_layers import LAYERS, SUMMARISED
from services.detection.feature_extractor import NetworkDistances
from services.detection.limits import EMBEDDED_THRESHOLDS, TOKENS
from services.imaging.arrays import Floats
from services.imaging.cores import map_on_cores
from services.networks.change_head import ChangeHead
from services.networks.classifier import Classifier
from services.networks.embedding import WIDTH, CropEmbedder
from services.networks.feature_cache import FeatureCache
from services.networks.perceptual import SMALLEST_SIDE, Lpips
from services.networks.tokens import PatchTokens

_COMPARED_BLOCKS = 5, 6, 7, 8, 9  # the last block describes the scene and not the place
# Blocks 5 and 6 recognise a thing in another place, turned and relit: they rank 75 % of cells rightly where something
# was removed or added, block 7 does 67 %, block 8 61 %.
_RECOGNISING_BLOCKS = 5, 6
_WEIGHTS = ("vits14-int8", "lpips-alex", "efficientnet-lite0", "squeezenet")


class EmbeddedExtractor:
    """ViT patch tokens, LPIPS and a crop embedder, shared by all pairs of one process."""

    name = "embedded"

    def __init__(self, threads: int, cache: FeatureCache | None = None) -> None:
        self.head = ChangeHead(threads)
        self.models = (*use("detection", *_WEIGHTS), self.head.use("detection"))
        self.thresholds = dict(EMBEDDED_THRESHOLDS)
        each = max(1, threads // 2)  # both images go through these side by side
        self._tokens, self._recognised = (
            PatchTokens(each, blocks) for blocks in (_COMPARED_BLOCKS, _RECOGNISING_BLOCKS)
        )
        self._lpips = Lpips(threads)
        self._embedder = CropEmbedder(Classifier(threads), threads)
        self._cache = cache or FeatureCache(0)
        self._digests = tuple(used.sha256 for used in self.models)
        self._rows = 0
        self._counting = threading.Lock()
        cv2.setNumThreads(threads)

    @property
    def rows(self) -> int:
        """Images sent through a network since the start."""
        return self._rows

    def _count(self, rows: int) -> None:
        with self._counting:
            self._rows += rows

    def warm_up(self) -> None:
        """Run every network once."""
        blank = np.zeros((SMALLEST_SIDE, SMALLEST_SIDE, 3), np.uint8)
        self.measure_distances(blank, blank)
        self.head.weigh(np.zeros((LAYERS, 16, 16), np.float32), np.zeros(2 * len(SUMMARISED), np.float32))
        self.extract_tokens(blank)
        self.embed([blank])

    def measure_distances(self, image1: RGB, image2: RGB) -> NetworkDistances:
        """LPIPS for texture and distances of patch tokens for meaning, each at every pixel."""
        self._count(2)
        height, width = image1.shape[:2]
        networks: tuple[Callable[[], Floats], ...] = (
            lambda: self._encode(self._tokens, _COMPARED_BLOCKS, image1),
            lambda: self._encode(self._tokens, _COMPARED_BLOCKS, image2),
            lambda: self._lpips(image1, image2).map,
        )
        tokens1, tokens2, texture = map_on_cores(lambda run: run(), networks)
        shallow, deep, slack = (
            np.asarray(cv2.resize(grid, (width, height)), np.float32) for grid in _token_distances(tokens1, tokens2)
        )
        return NetworkDistances(texture, shallow, deep, slack, (tokens1, tokens2))

    def extract_tokens(self, image: RGB) -> Floats:
        """Two of the shallower blocks, one cell a patch."""
        return self._encode(self._recognised, _RECOGNISING_BLOCKS, image)

    def _embed(self, crops: Sequence[RGB]) -> Sequence[Floats]:
        self._count(2 * len(crops))
        return list(self._embedder.embed(crops))

    def _encode(self, network: PatchTokens, blocks: tuple[int, ...], image: RGB) -> Floats:
        def run() -> Floats:
            self._count(1)
            return network(image, TOKENS)

        return self._cache.get((self._digests[0], blocks), image, run)

    def embed(self, crops: Sequence[RGB]) -> Floats:
        """Shape (N, 1792), each row of unit length, in order; each distinct crop goes through both networks once."""
        rows = self._cache.get_all(self._digests[2:4], crops, self._embed)
        return np.array(rows, np.float32).reshape(-1, WIDTH)


def _token_distances(tokens1: Floats, tokens2: Floats) -> list[Floats]:
    """Rows x columns each: distance in the shallow blocks, in the deep ones, and in all with a token's slack."""
    rows, columns = tokens1.shape[1:3]
    shallow, deep = (1 - (tokens1[part] * tokens2[part]).sum(-1).mean(0) for part in (slice(0, 2), slice(2, None)))
    framed = np.pad(tokens2, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    shifts = ((down, across) for down in range(3) for across in range(3))
    slack = np.min(
        [1 - (tokens1 * framed[:, y : y + rows, x : x + columns]).sum(-1).mean(0) for y, x in shifts], axis=0
    )
    return [np.asarray(grid.clip(0, None), np.float32) for grid in (shallow, deep, slack)]
