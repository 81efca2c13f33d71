"""Masks of regions in the frame of the whole image."""

import cv2
import numpy as np

from imgdiff.records import Box, Mask
from services.imaging.masks import Flags, encoded


def encode_inside(inside: Flags, box: Box, width: int, height: int) -> Mask:
    """A mask of one box, stretched to that box, as a mask of the whole width x height image."""
    whole = np.zeros((height, width), np.bool_, order="F")
    size = (box[2] - box[0], box[3] - box[1])
    whole[box[1] : box[3], box[0] : box[2]] = (
        cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    )
    return encoded(whole)
