"""EfficientNet-Lite3: a second opinion on which of the 1000 ImageNet classes a crop shows."""

import numpy as np

from imgdiff import weights
from imgdiff.images import RGB
from services.imaging.arrays import Floats
from services.imaging.resizing import resize
from services.networks.runtime import TfliteNetwork

WEIGHTS = ("efficientnet-lite3",)  # its classes are in the order of `imagenet_labels()`
SIDE = 280  # pixels of the network's square input, levels 0..255
CLASSES = 1000  # of its output
_LEVELS = 256  # steps of a probability


class SecondClassifier:
    """Classifies one crop at a time; it is larger than `Classifier`, and int8."""

    def __init__(self, threads: int) -> None:
        self._network = TfliteNetwork(weights.locate(WEIGHTS[0]), threads)

    def classify(self, crop: RGB) -> Floats:
        """Probabilities (1000,), 0..1; they sum to about 1, since they are rounded."""
        levels = self._network.run(resize(crop, SIDE, SIDE)[None])[CLASSES]
        return np.asarray(levels, np.float32) / np.float32(_LEVELS)
