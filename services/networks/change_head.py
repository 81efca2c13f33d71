"""The change head: from layers of evidence on a grid to each cell's probability that something changed there.

Trained by imgdiff (`training/`) on synthetic pairs and shipped with it; 30 thousand weights.
"""

import hashlib
from importlib import resources

import numpy as np

from imgdiff import __version__
from imgdiff.records import ModelUse
from services.imaging.arrays import Floats
from services.networks.runtime import onnx_session

_FILE = resources.files("services.networks") / "weights" / "change_head.onnx"


class ChangeHead:
    """Evaluates one pair at a time; several threads may call it."""

    def __init__(self, threads: int) -> None:
        graph = _FILE.read_bytes()
        self.digest = hashlib.sha256(graph).hexdigest()
        self._session = onnx_session(graph, threads)

    def use(self, stage: str) -> ModelUse:
        """Describe the head for a record's provenance."""
        return ModelUse(stage=stage, name="change-head", version=__version__, sha256=self.digest, licence="Apache-2.0")

    def __call__(self, local: Floats, overall: Floats) -> Floats:
        """Map layers x rows x columns and the pair's summary to probabilities, rows x columns."""
        (probability,) = self._session.run(["probability"], {"local": local[None], "overall": overall[None]})
        return np.asarray(probability[0, 0], np.float32)
