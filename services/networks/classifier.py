"""EfficientNet-Lite0: which of the 1000 ImageNet classes a crop shows, and an embedding of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imgdiff import weights
from imgdiff.images import RGB
from services.imaging.arrays import Floats
from services.imaging.resizing import resize
from services.networks.labels import imagenet_labels
from services.networks.runtime import tflite_interpreter

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
        self._interpreter = tflite_interpreter(weights.locate(WEIGHTS[0]), threads)
        self._input = self._interpreter.get_input_details()[0]["index"]
        outputs = {int(output["shape"][-1]): output["index"] for output in self._interpreter.get_output_details()}
        self._probabilities, self._embedding = outputs[CLASSES], outputs[WIDTH]
        self.labels = imagenet_labels()

    def run(self, crops: Sequence[RGB]) -> Classification:
        """Return one row a crop, in order; no crops give no rows."""
        rows = [self._classify(crop) for crop in crops]
        probabilities = np.array([row[0] for row in rows], np.float32).reshape(-1, CLASSES)
        embedding = np.array([row[1] for row in rows], np.float32).reshape(-1, WIDTH)
        return Classification(probabilities=probabilities, embedding=embedding)

    def _classify(self, crop: RGB) -> tuple[Floats, Floats]:
        pixels = (resize(crop, SIDE, SIDE).astype(np.float32) - _MIDDLE) / _SPREAD
        self._interpreter.set_tensor(self._input, pixels[None])
        self._interpreter.invoke()
        # get_tensor copies, so the next crop cannot change these.
        get = self._interpreter.get_tensor
        return get(self._probabilities)[0], get(self._embedding)[0]
