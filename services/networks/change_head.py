"""The change head: layers of evidence for each cell of a grid to the probability that something changed there.

Made by imgdiff (`training/`) and shipped with it; 30 thousand weights, learnt on made pairs.
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
    """Answers one pair at a time; several threads may call it."""

    def __init__(self, threads: int) -> None:
        graph = _FILE.read_bytes()
        self.digest = hashlib.sha256(graph).hexdigest()
        self._session = onnx_session(graph, threads)

    def use(self, stage: str) -> ModelUse:
        """As a record's provenance names it."""
        return ModelUse(stage=stage, name="change-head", version=__version__, sha256=self.digest, licence="Apache-2.0")

    def __call__(self, local: Floats, overall: Floats) -> Floats:
        """Rows x columns of probabilities, from layers x rows x columns and the summary of the whole pair."""
        (probability,) = self._session.run(["probability"], {"local": local[None], "overall": overall[None]})
        return np.asarray(probability[0, 0], np.float32)
