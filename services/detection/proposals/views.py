"""A pair on one grid, and what was found on it."""

from dataclasses import dataclass

import cv2
import numpy as np

from imgdiff.images import RGB
from services.detection.evidence.pixel_difference import Content
from services.detection.proposals.proposals import Proposal
from services.imaging.arrays import Flags

_PIXELS = 3_000_000  # compared at this many pixels at most; boxes are reported in the original's


@dataclass(frozen=True)
class View:
    """A pair on one grid: image2 laid over image1, relit, and where it has pixels."""

    image1: RGB
    raw2: RGB
    """image2 as it was captured, only moved."""
    image2: RGB
    sure2: RGB
    """image2 with image1's pixels where a burnt-out or black one says no more than that it may be the same."""
    valid: Flags
    content: Content
    exact: bool


@dataclass(frozen=True)
class Finding:
    """What was found on a view."""

    proposals: list[Proposal]
    changed: Flags
    related: bool


def shrunk(image: RGB) -> RGB:
    size = compared_size(image)
    if size == (image.shape[1], image.shape[0]):
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def compared_size(image: RGB) -> tuple[int, int]:
    """Width and height at which an image is compared."""
    height, width = image.shape[:2]
    factor = min(1.0, (_PIXELS / (height * width)) ** 0.5)
    return max(1, round(width * factor)), max(1, round(height * factor))
