"""Free places for an object: on similar ground, clear of every other object."""

from collections.abc import Sequence

import numpy as np

from imgdiff.boxes import intersection
from imgdiff.records import Box
from services.editing.limits import LEAST_GROUND_LIKENESS, MOST_COVERED
from services.imaging.arrays import Floats

# Chosen, not measured.
_STEPS = 24  # places across the image
_BORDER = 2  # pixels
_FOOT = 0.1, 0.15  # of the box's height, above and below its lower edge: the ground there is compared
_LEAST_SHIFT = 0.5  # of the object's width, between two places


def find_free_places(
    size: tuple[int, int], beside: Box, taken: Sequence[Box], tokens: Floats, shape: tuple[int, ...]
) -> list[Box]:
    """Boxes of that size (height, width) at the height of `beside`, on similar ground; the most similar comes first.

    `tokens` (blocks x rows x columns x d) show the scene. No box is half on another.
    """
    height, width = size
    bottom = min(beside[3], shape[0] - 1)
    if bottom - height < 1 or width > shape[1] - 2 * _BORDER:
        return []
    ground = _ground_below(tokens, beside, shape)
    lefts = np.unique(np.linspace(_BORDER, shape[1] - width - _BORDER, _STEPS).astype(int))
    boxes = [(int(left), bottom - height, int(left) + width, bottom) for left in lefts]
    free = [box for box in boxes if _is_free(box, taken)]
    scored = sorted(((float(_ground_below(tokens, box, shape) @ ground), box) for box in free), reverse=True)
    chosen: list[Box] = []
    for likeness, box in scored:
        apart = all(abs(box[0] - other[0]) >= _LEAST_SHIFT * width for other in chosen)
        if likeness >= LEAST_GROUND_LIKENESS and apart:
            chosen.append(box)
    return chosen


def _ground_below(tokens: Floats, box: Box, shape: tuple[int, ...]) -> Floats:
    """The mean direction of the tokens around the box's lower edge, a unit vector of d."""
    rows, columns = tokens.shape[1:3]
    height, width = shape[0] / rows, shape[1] / columns
    above, below = _FOOT
    first = min(rows - 1, int((box[3] - above * (box[3] - box[1])) / height))
    last = min(rows, max(first + 1, round((box[3] + below * (box[3] - box[1])) / height)))
    left = min(columns - 1, int(box[0] / width))
    right = min(columns, max(left + 1, round(box[2] / width)))
    mean = tokens[-1, first:last, left:right].reshape(-1, tokens.shape[-1]).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)


def _is_free(box: Box, taken: Sequence[Box]) -> bool:
    size = (box[2] - box[0]) * (box[3] - box[1])
    return all(intersection(box, other) <= MOST_COVERED * size for other in taken)
