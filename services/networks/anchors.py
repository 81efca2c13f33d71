"""EfficientDet's anchors, the decoding of its boxes, and the suppression of doubles (Tan et al., 2020)."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from services.imaging.arrays import Floats

_LEVELS = range(3, 8)
_OCTAVES = (0, 1 / 3, 2 / 3)
_ASPECTS = ((1.0, 1.0), (1.4, 0.7), (0.7, 1.4))
_ANCHOR_SCALE = 3.0


def anchors(side: int) -> Floats:
    """Shape (anchors, 4): centre y, centre x, height, width in pixels of the square input."""
    return np.concatenate(list(_levels(side))).astype(np.float32)


def _levels(side: int) -> Iterator[Floats]:
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


def decoded(offsets: Floats, reference: Floats) -> Floats:
    """Offsets (ty, tx, th, tw) on their anchors, as (x1, y1, x2, y2) in pixels of the square input."""
    centre = offsets[:, :2] * reference[:, 2:] + reference[:, :2]
    half = np.exp(offsets[:, 2:]) * reference[:, 2:] / 2
    corners = np.concatenate([centre - half, centre + half], axis=1)
    return np.asarray(corners[:, [1, 0, 3, 2]], np.float32)


def without_doubles(boxes: Floats, scores: Floats, most_overlap: float = 0.5) -> list[int]:
    """Indices of the boxes to keep, best first: none overlaps a better one by that IoU or more."""
    order: NDArray[np.intp] = np.argsort(-scores, kind="stable")
    kept = []
    while order.size:
        best, order = int(order[0]), order[1:]
        kept.append(best)
        order = order[_iou(boxes[best], boxes[order]) < most_overlap]
    return kept


def _iou(box: Floats, others: Floats) -> Floats:
    top = np.maximum(box[:2], others[:, :2])
    bottom = np.minimum(box[2:], others[:, 2:])
    overlap = np.prod(np.clip(bottom - top, 0, None), axis=1)
    area = np.prod(others[:, 2:] - others[:, :2], axis=1) + np.prod(box[2:] - box[:2])
    return np.asarray(overlap / np.maximum(area - overlap, 1e-9), np.float32)
