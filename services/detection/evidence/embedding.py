"""Embeddings: one direction for what a picture shows, and how alike two of them are."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB

Floats = NDArray[np.float32]


class Embedder(Protocol):
    """Cosines of its rows are similarities; the thresholds on them are those of its network."""

    def embed(self, crops: Sequence[RGB]) -> Floats:
        """Shape (N, D), each row of unit length, in the order of the crops (height x width x 3, RGB, 0..255).

        A crop may be any size down to one pixel; no crops give no rows. A row does not depend on the other crops.
        """


def cosine(one: Floats, two: Floats) -> float:
    """Of two unit rows, -1..1, to four places; rounding cannot lift a picture with itself above a closed bound.

    Raises FloatingPointError where the network answered no numbers, which would pass for the largest difference.
    """
    product = float(np.dot(one, two))
    if not np.isfinite(product):
        raise FloatingPointError("an embedding is not finite")
    return round(min(1.0, max(-1.0, product)), 4)
