"""Free places for an object: on the same support, clear of every other object."""

from collections.abc import Sequence

import numpy as np

from imgdiff.boxes import intersection
from imgdiff.records import Box
from services.imaging.arrays import Floats

_STEPS = 24
_MOST_COVERED = 0.02
_LIKE_SUPPORT = 0.45


def support(tokens: Floats, box: Box, shape: tuple[int, ...]) -> Floats:
    """What is under the box's lower edge: the mean direction of the tokens there, (384,)."""
    rows, columns = tokens.shape[1:3]
    height, width = shape[0] / rows, shape[1] / columns
    first = min(rows - 1, int((box[3] - 0.1 * (box[3] - box[1])) / height))
    last = min(rows, max(first + 1, round((box[3] + 0.15 * (box[3] - box[1])) / height)))
    left = min(columns - 1, int(box[0] / width))
    right = min(columns, max(left + 1, round(box[2] / width)))
    mean = tokens[-1, first:last, left:right].reshape(-1, tokens.shape[-1]).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)


def beside(
    size: tuple[int, int], standing: Box, taken: Sequence[Box], tokens: Floats, shape: tuple[int, ...]
) -> list[Box]:
    """Boxes of that size (height, width) whose foot is as high as that of `standing`, on ground that looks alike.

    `tokens` show the scene without the object; the most alike places come first and none is half on another.
    """
    height, width = size
    bottom = min(standing[3], shape[0] - 1)
    if bottom - height < 1 or width > shape[1] - 4:
        return []
    ground = support(tokens, standing, shape)
    lefts = np.unique(np.linspace(2, shape[1] - width - 2, _STEPS).astype(int))
    boxes = [(int(left), bottom - height, int(left) + width, bottom) for left in lefts]
    free = [box for box in boxes if _is_free(box, taken)]
    scored = sorted(((float(support(tokens, box, shape) @ ground), box) for box in free), reverse=True)
    chosen: list[Box] = []
    for likeness, box in scored:
        if likeness >= _LIKE_SUPPORT and all(abs(box[0] - other[0]) >= 0.5 * width for other in chosen):
            chosen.append(box)
    return chosen


def _is_free(box: Box, taken: Sequence[Box]) -> bool:
    size = (box[2] - box[0]) * (box[3] - box[1])
    return all(intersection(box, other) <= _MOST_COVERED * size for other in taken)
