"""EfficientDet's anchors and the decoding of its boxes (Tan et al., 2020)."""

from collections.abc import Iterator

import numpy as np

from services.imaging.arrays import Floats

# The published configuration of EfficientDet (Tan et al., 2020, section 3 and its reference code).
_LEVELS = range(3, 8)  # of the feature pyramid; a cell of level n has 2^n pixels
_OCTAVES = (0, 1 / 3, 2 / 3)  # scales of a level, in octaves
_ASPECTS = ((1.0, 1.0), (1.4, 0.7), (0.7, 1.4))  # width and height
_ANCHOR_SCALE = 3.0  # cells; the Lite models use 3 where the others use 4


def make_anchors(side: int) -> Floats:
    """Shape (anchors, 4): centre y, centre x, height, width in pixels of the square input."""
    return np.concatenate(list(_make_levels(side))).astype(np.float32)


def _make_levels(side: int) -> Iterator[Floats]:
    for level in _LEVELS:
        cells = -(-side // 2**level)
        stride = side / cells
        centres = (np.arange(cells) + 0.5) * stride
        y, x = np.meshgrid(centres, centres, indexing="ij")
        sizes = [
            (_ANCHOR_SCALE * 2**level * 2**octave * high, _ANCHOR_SCALE * 2**level * 2**octave * wide)
            for octave in _OCTAVES
            for wide, high in _ASPECTS
        ]
        cell = [np.stack([y, x, np.full_like(y, high), np.full_like(x, wide)], -1) for high, wide in sizes]
        yield np.stack(cell, 2).reshape(-1, 4)


def decode_boxes(offsets: Floats, anchors: Floats) -> Floats:
    """Offsets (ty, tx, th, tw) from their anchors, as (x1, y1, x2, y2) in pixels of the square input."""
    centre = offsets[:, :2] * anchors[:, 2:] + anchors[:, :2]
    half = np.exp(offsets[:, 2:]) * anchors[:, 2:] / 2
    corners = np.concatenate([centre - half, centre + half], axis=1)
    return np.asarray(corners[:, [1, 0, 3, 2]], np.float32)
