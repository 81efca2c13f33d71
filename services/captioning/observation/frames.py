"""Two images in one frame."""

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Alignment


def laid_over(image1: RGB, image2: RGB, alignment: Alignment) -> RGB:
    """image2 in image1's frame: warped by the alignment's matrix, or as it is when there is nothing to warp."""
    if not alignment.applied and image1.shape == image2.shape:
        return image2
    matrix = np.asarray(alignment.matrix, np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (image1.shape[1], image1.shape[0])
    return np.asarray(cv2.warpPerspective(image2, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)
