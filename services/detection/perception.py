"""What detection asks of a backend's networks; each may answer null when it has none."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.detection.embedding import Floats

FloatMap = NDArray[np.float32]
Flags = NDArray[np.bool_]


class Perception(Protocol):
    """Images as a backend sees them.

    Several threads may call `change_map` and `novelty` at once; `embed` has one caller at a time.
    """

    name: str
    models: tuple[ModelUse, ...]
    thresholds: dict[str, float]
    """Calibrated defaults by reason code."""
    map_threshold: float
    """Lowest value of `change_map` that is a change."""

    @property
    def rows(self) -> int:
        """Pictures sent through a network since the start."""

    def warm_up(self) -> None:
        """Run every network once."""

    def change_map(self, image1: RGB, image2: RGB) -> FloatMap:
        """Height x width, 0 where nothing changed; both images of one size."""

    def novelty(self, image1: RGB, image2: RGB) -> FloatMap | None:
        """Height x width of image1, 0..1: how little anything anywhere in image2 looks like this place.

        It needs no alignment; null where the backend cannot tell.
        """

    def embed(self, crops: Sequence[RGB]) -> Floats | None:
        """Shape (N, D), each row of unit length, in the order of the crops (height x width x 3, RGB, 0..255).

        Each distinct picture goes through the networks once, and a row does not depend on the other crops. Null where
        the backend has no embedder.
        """
