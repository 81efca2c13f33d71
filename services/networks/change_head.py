"""The change heads: from layers of evidence on a grid to each cell's probability that something changed there.

One weighs pixels alone, the other patch tokens too. Trained by imgdiff (`training/`) on synthetic pairs and shipped
with it; 30 and 220 thousand weights.
"""

import hashlib
from importlib import resources

import numpy as np

from imgdiff import __version__
from imgdiff.records import ModelUse
from services.imaging.arrays import Floats
from services.networks.runtime import onnx_session

_FOLDER = resources.files("services.networks") / "weights"
_PLAIN, _WHOLE = "change_head.onnx", "change_head_with_tokens.onnx"


class ChangeHead:
    """Evaluates one pair at a time; several threads may call it."""

    def __init__(self, threads: int) -> None:
        plain, whole = ((_FOLDER / name).read_bytes() for name in (_PLAIN, _WHOLE))
        self.digest = hashlib.sha256(plain + whole).hexdigest()
        self._plain, self._whole = onnx_session(plain, threads), onnx_session(whole, threads)

    def use(self, stage: str) -> ModelUse:
        """Describe the heads for a record's provenance."""
        return ModelUse(stage=stage, name="change-head", version=__version__, sha256=self.digest, licence="Apache-2.0")

    def weigh(self, local: Floats, overall: Floats) -> Floats:
        """Map layers x rows x columns and the pair's summary to probabilities, rows x columns."""
        (probability,) = self._plain.run(["probability"], {"local": local[None], "overall": overall[None]})
        return np.asarray(probability[0, 0], np.float32)

    def weigh_with_tokens(self, local: Floats, overall: Floats, tokens1: Floats, tokens2: Floats) -> Floats:
        """Map the same, with the networks' layers, and tokens (blocks x rows x columns x D) to probabilities."""
        inputs = {"local": local[None], "overall": overall[None], "tokens1": tokens1, "tokens2": tokens2}
        (probability,) = self._whole.run(["probability"], inputs)
        return np.asarray(probability[0, 0], np.float32)
