"""Masks of whole images: COCO run lengths, bounds, growth and parts."""

import cv2
import numpy as np
from pycocotools import mask as coco

from imgdiff.objects import run_lengths
from imgdiff.objects.pixels import decode_mask as unpack
from imgdiff.records import Box, Mask
from services.imaging.arrays import Flags
from services.imaging.boxes import grow, longest_side, window

_TOGETHER = 0.02  # of the longer side, by which two parts may be apart; chosen, not measured
_SPECK = 0.05  # of the largest part's pixels; chosen, not measured


def encode_mask(mask: Flags) -> Mask:
    """A mask as COCO's compressed run lengths."""
    counts = coco.encode(np.asfortranarray(mask).view(np.uint8))["counts"].decode()
    return Mask(size=(mask.shape[0], mask.shape[1]), counts=counts)


def encode_in_box(inside: Flags, box: Box, width: int, height: int) -> Mask:
    """A mask of one box, stretched to it, as a mask of the whole width x height image."""
    whole = np.zeros((height, width), np.bool_, order="F")
    size = (box[2] - box[0], box[3] - box[1])
    whole[window(box)] = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return encode_mask(whole)


def decode_mask(mask: Mask) -> Flags:
    """The mask of run lengths; raises ValueError unless they cover its size exactly."""
    return unpack(mask)


def decode_runs(mask: Mask) -> list[int]:
    """Lengths of the alternating runs of 0 and 1, column by column; raises as `decode_mask`, without making a mask."""
    runs = run_lengths.expand(mask.counts)
    run_lengths.check(runs, mask.size)
    return runs


def bounds(mask: Flags) -> Box:
    """The smallest box around a mask that is not empty."""
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return x, y, x + width, y + height


def grow_mask(mask: Flags, pixels: int) -> Flags:
    """The mask and everything within that many pixels of it."""
    if not mask.any():
        return mask.copy()
    near = window(grow(bounds(mask), pixels + 1, mask.shape))
    away = cv2.distanceTransform((~mask[near]).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    result = np.zeros_like(mask)
    result[near] = away <= pixels
    return result


def split_parts(mask: Flags) -> tuple[Box, ...]:
    """A box for each part of the mask that is apart from the others, largest first, without specks."""
    near = max(2, round(_TOGETHER * longest_side(bounds(mask))))
    count, parts = cv2.connectedComponents(grow_mask(mask, near).astype(np.uint8))
    own = [mask & (parts == part) for part in range(1, count)]
    sizes = [int(part.sum()) for part in own]
    large = [part for part, size in enumerate(sizes) if size >= _SPECK * max(sizes)]
    return tuple(bounds(own[part]) for part in sorted(large, key=lambda part: -sizes[part]))


def fill_superellipse(box: Box, shape: tuple[int, ...]) -> Flags:
    """The box without its corners, as a mask of an image of `shape`."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    across = (2 * x + 1 - box[0] - box[2]) / (box[2] - box[0])
    down = (2 * y + 1 - box[1] - box[3]) / (box[3] - box[1])
    return np.asarray(across**4 + down**4 <= 1)
