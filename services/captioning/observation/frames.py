"""Two images in one frame."""

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Alignment
from services.imaging.warp import warp


def lay_over(image1: RGB, image2: RGB, alignment: Alignment) -> RGB:
    """Lay image2 in image1's frame by the alignment's matrix; as it is when there is nothing to warp."""
    if not alignment.applied and image1.shape == image2.shape:
        return image2
    laid, _ = warp(image2, np.asarray(alignment.matrix, np.float64), image1.shape[1], image1.shape[0])
    return laid
