"""The array types that the services pass around; `imgdiff.images.RGB` is the third."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
"""Maps (height x width), tokens and vectors; the docstring of each use states shape and unit."""
Flags = NDArray[np.bool_]
"""Height x width: which pixels or cells belong."""

Levels = NDArray[np.uint8]
"""Height x width: grey levels, 0..255."""


def move_channels_first(images: Floats) -> Floats:
    """N x H x W x 3 to a contiguous N x 3 x H x W."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32)
