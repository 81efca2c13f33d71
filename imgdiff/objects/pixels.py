"""Masks as arrays of pixels."""

import numpy as np
from numpy.typing import NDArray

from imgdiff.objects import run_lengths
from imgdiff.objects.places import Mask

Flags = NDArray[np.bool_]
"""H x W, true inside."""


def encode_mask(pixels: Flags) -> Mask:
    """The mask of an image whose pixels inside are true."""
    runs = run_lengths.measure(pixels.astype(np.uint8).tobytes(order="F"))
    return Mask(size=(pixels.shape[0], pixels.shape[1]), counts=run_lengths.compress(runs))


def decode_mask(mask: Mask) -> Flags:
    """The pixels of a mask; raises ValueError unless its run lengths cover its size exactly.

    Not by pycocotools, whose decoder leaves what short run lengths do not cover uninitialised.
    """
    runs = run_lengths.expand(mask.counts)
    run_lengths.check(runs, mask.size)
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(mask.size[::-1]).T
