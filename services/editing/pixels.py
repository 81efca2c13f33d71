"""What is done to pixels: object masks, filling a hole, a new colour, run-length masks."""

import cv2
import numpy as np
from numpy.typing import NDArray
from patchmatch_cython import inpaint_pyramid
from pycocotools import mask as coco

from imgdiff.images import RGB
from imgdiff.records import Mask

Flags = NDArray[np.bool_]
BoxTuple = tuple[int, int, int, int]
COLOURS = {"red": (200, 40, 40), "green": (40, 160, 60), "blue": (50, 80, 200), "yellow": (220, 200, 40)}
_CONTEXT = 96


def object_mask(image: RGB, box: BoxTuple) -> Flags:
    """GrabCut inside the box."""
    cv2.setRNGSeed(0)
    labels = np.zeros(image.shape[:2], np.uint8)
    rect = (box[0], box[1], box[2] - box[0], box[3] - box[1])
    bgr = np.ascontiguousarray(image[..., ::-1])
    cv2.grabCut(bgr, labels, rect, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_RECT)
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))


def filled(image: RGB, mask: Flags, box: BoxTuple, seed: int) -> RGB:
    """The image with the mask painted over from its surroundings; pixels outside the mask are untouched."""
    height, width = mask.shape
    rows = slice(max(0, box[1] - _CONTEXT), min(height, box[3] + _CONTEXT))
    columns = slice(max(0, box[0] - _CONTEXT), min(width, box[2] + _CONTEXT))
    window = np.ascontiguousarray(image[rows, columns])
    patch = inpaint_pyramid(window.copy(), mask[rows, columns], seed=seed)
    result = image.copy()
    result[rows, columns] = np.where(mask[rows, columns][..., None], patch, window)
    return result


def recoloured(image: RGB, mask: Flags, colour: str) -> RGB:
    """The masked pixels with the colour's Lab chroma and their own lightness."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lab[mask, 1:] = cv2.cvtColor(np.array([[COLOURS[colour]]], np.uint8), cv2.COLOR_RGB2LAB)[0, 0, 1:]
    return np.where(mask[..., None], cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), image).astype(np.uint8)


def encoded(mask: Flags) -> Mask:
    """COCO run lengths of a whole-image mask."""
    counts = coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
    return Mask(size=(mask.shape[0], mask.shape[1]), counts=counts)
