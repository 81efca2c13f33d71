"""EfficientNet-Lite0: which of the 1000 ImageNet classes a crop shows, and an embedding of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imgdiff import weights
from imgdiff.images import RGB
from services.imaging.arrays import Floats
from services.imaging.resizing import resize
from services.networks.labels import imagenet_labels
from services.networks.runtime import TfliteNetwork

WEIGHTS = ("efficientnet-lite0", "imagenet-labels")
SIDE = 224  # pixels of the network's square input
CLASSES, WIDTH = 1000, 1280  # of its two outputs
_MIDDLE, _SPREAD = 127, 128  # grey levels: its input is (level - _MIDDLE) / _SPREAD, about -1..1


@dataclass(frozen=True)
class Classification:
    """`probabilities` (N, 1000), each row summing to 1; `embedding` (N, 1280), not normalised."""

    probabilities: Floats
    embedding: Floats


class Classifier:
    """Classifies crops one after another: the network takes one image, and a batch gains nothing on a CPU."""

    def __init__(self, threads: int) -> None:
        self._network = TfliteNetwork(weights.locate(WEIGHTS[0]), threads)
        self.labels = imagenet_labels()

    def run(self, crops: Sequence[RGB]) -> Classification:
        """Return one row a crop, in order; no crops give no rows."""
        rows = [self._classify(crop) for crop in crops]
        probabilities = np.array([row[CLASSES] for row in rows], np.float32).reshape(-1, CLASSES)
        embedding = np.array([row[WIDTH] for row in rows], np.float32).reshape(-1, WIDTH)
        return Classification(probabilities=probabilities, embedding=embedding)

    def _classify(self, crop: RGB) -> dict[int, Floats]:
        pixels = (resize(crop, SIDE, SIDE).astype(np.float32) - _MIDDLE) / _SPREAD
        return self._network.run(pixels[None])
