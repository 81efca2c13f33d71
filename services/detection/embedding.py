"""What the Difference Area Generator asks of an embedder: one direction for what a picture shows."""

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
