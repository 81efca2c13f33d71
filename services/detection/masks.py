"""Masks of whole images as COCO run-length encoding."""

import cv2
import numpy as np
from pycocotools import mask as coco

from imgdiff.records import Mask
from services.detection.geometry import BoxTuple
from services.detection.perception import Flags


def encode_inside(inside: Flags, box: BoxTuple, width: int, height: int) -> Mask:
    """A mask of one box, stretched to that box, as a mask of the whole width x height image."""
    whole = np.zeros((height, width), np.uint8, order="F")
    size = (box[2] - box[0], box[3] - box[1])
    whole[box[1] : box[3], box[0] : box[2]] = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return Mask(size=(height, width), counts=coco.encode(whole)["counts"].decode())
