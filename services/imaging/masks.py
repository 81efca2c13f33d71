"""Masks of whole images as COCO run lengths."""

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

from imgdiff.records import Mask

Flags = NDArray[np.bool_]
"""Height x width."""


def encoded(mask: Flags) -> Mask:
    """The mask as run lengths."""
    counts = coco.encode(np.asfortranarray(mask).view(np.uint8))["counts"].decode()
    return Mask(size=(mask.shape[0], mask.shape[1]), counts=counts)


def decoded(mask: Mask) -> Flags:
    """The mask of run lengths; raises ValueError unless they cover its size exactly.

    pycocotools is not asked: its decoder leaves what short run lengths do not cover uninitialized.
    """
    runs = whole_runs(mask)
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(mask.size[::-1]).T


def whole_runs(mask: Mask) -> list[int]:
    """Lengths of the runs of 0 and 1 by turns, column by column; raises as `decoded`, without making the mask."""
    height, width = mask.size
    runs = _runs(mask.counts)
    if height < 1 or width < 1 or min(runs, default=-1) < 0 or sum(runs) != height * width:
        raise ValueError(f"the run lengths do not cover {height}x{width} pixels")
    return runs


def _runs(counts: str) -> list[int]:
    """Five bits a character, the lowest first; from the fourth number on the difference to the one before the last."""
    runs: list[int] = []
    value = shift = 0
    for character in counts:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 30:
            raise ValueError("the run lengths are not in COCO's compressed form")
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    return runs
