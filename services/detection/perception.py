"""What detection asks of a backend's networks; each may answer null when it has none."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from imgdiff.records import ModelUse

FloatMap = NDArray[np.float32]
Flags = NDArray[np.bool_]


class Perception(Protocol):
    """Similarities of images as a backend sees them.

    Several threads may call `change_map` and `tokens` at once; `similarities` has one caller at a time.
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

    def tokens(self, image: RGB) -> FloatMap | None:
        """Blocks x rows x columns x D: what every cell of a grid over the image looks like, at several depths.

        Tokens of one block are comparable across images by cosine; null where the backend has none.
        """

    def similarities(self, crops1: Sequence[RGB], crops2: Sequence[RGB]) -> list[float | None]:
        """Cosine of every two crops' embeddings, -1..1."""
