"""Boxes in an image and masks of whole images."""

import cv2
import numpy as np

from imgdiff.records import Box
from services.imaging.masks import Flags

Window = tuple[slice, slice]
_TOGETHER = 0.02  # of the longer side that two parts may be apart
_BORDER = 0.015  # of the shorter side: boxes are no more exact
_SPECK = 0.05  # of the largest part


def widened(box: Box, share: float, pixels: int, shape: tuple[int, ...]) -> Box:
    """The box with that share of its size and those pixels more on each side, inside the image."""
    x, y = int((box[2] - box[0]) * share) + pixels, int((box[3] - box[1]) * share) + pixels
    return max(0, box[0] - x), max(0, box[1] - y), min(shape[1], box[2] + x), min(shape[0], box[3] + y)


def window(box: Box) -> Window:
    """The box as an index of an image."""
    return slice(box[1], box[3]), slice(box[0], box[2])


def rounded(box: Box, shape: tuple[int, ...]) -> Flags:
    """The box without its corners (a superellipse), as a mask."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    across = (2 * x + 1 - box[0] - box[2]) / (box[2] - box[0])
    down = (2 * y + 1 - box[1] - box[3]) / (box[3] - box[1])
    return np.asarray(across**4 + down**4 <= 1)


def bounds(mask: Flags) -> Box:
    """The smallest box that holds the mask; the mask is not empty."""
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return x, y, x + width, y + height


def places(mask: Flags) -> tuple[Box, ...]:
    """A box for each part of the mask that stands apart from the others, largest first; without specks."""
    whole = bounds(mask)
    near = max(2, round(_TOGETHER * max(whole[2] - whole[0], whole[3] - whole[1])))
    count, parts = cv2.connectedComponents(grown(mask, near).astype(np.uint8))
    own = [mask & (parts == part) for part in range(1, count)]
    sizes = [int(part.sum()) for part in own]
    large = sorted(
        (part for part, size in enumerate(sizes) if size >= _SPECK * max(sizes)), key=lambda part: -sizes[part]
    )
    return tuple(bounds(own[part]) for part in large)


def grown(mask: Flags, pixels: int) -> Flags:
    """The mask and everything within that many pixels of it."""
    if not mask.any():
        return mask.copy()
    near = window(widened(bounds(mask), 0, pixels + 1, mask.shape))
    away = cv2.distanceTransform((~mask[near]).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    result = np.zeros_like(mask)
    result[near] = away <= pixels
    return result


def cut_off(box: Box, shape: tuple[int, ...]) -> bool:
    """Whether an object's box comes so near a border that a part of it probably lies outside the image."""
    near = max(2, round(_BORDER * min(shape[:2])))
    return box[0] < near or box[1] < near or box[2] > shape[1] - near or box[3] > shape[0] - near
