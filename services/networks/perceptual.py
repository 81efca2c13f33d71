"""LPIPS: how different two images look to a person, as a number and as a map (Zhang et al., 2018)."""

from dataclasses import dataclass

import numpy as np

from imgdiff import weights
from imgdiff.images import RGB
from services.imaging.arrays import Floats, move_channels_first
from services.networks.runtime import onnx_session

WEIGHTS = ("lpips-alex",)
SMALLEST_SIDE = 64  # pixels that AlexNet's strides need


@dataclass(frozen=True)
class LpipsResult:
    """`score` is 0 for equal images, near 1 for unrelated ones; `map` (height x width) has the same unit."""

    score: float
    map: Floats


class Lpips:
    """Compares two images of the same size."""

    def __init__(self, threads: int) -> None:
        self._session = onnx_session(weights.locate(WEIGHTS[0]), threads)

    def __call__(self, image1: RGB, image2: RGB) -> LpipsResult:
        """Compare two images of the same height and width, at least 64 pixels each; the caller resizes."""
        if image1.shape != image2.shape or min(image1.shape[:2]) < SMALLEST_SIDE:
            raise ValueError(f"LPIPS needs images of one size, at least 64x64; got {image1.shape} and {image2.shape}")
        score, spatial = self._session.run(
            ["score", "map"], {"image1": _network_input(image1), "image2": _network_input(image2)}
        )
        return LpipsResult(score=float(np.ravel(score)[0]), map=np.asarray(spatial, np.float32)[0, 0])


def _network_input(image: RGB) -> Floats:
    return move_channels_first((image.astype(np.float32) / 127.5 - 1)[None])
