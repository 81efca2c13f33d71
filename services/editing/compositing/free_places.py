"""Free places for an object: on similar ground, clear of every other object."""

from collections.abc import Sequence

import numpy as np

from imgdiff.boxes import intersection
from imgdiff.records import Box
from services.editing.limits import LEAST_GROUND_LIKENESS, MOST_COVERED, MOST_OF_OLD_PLACE
from services.imaging.arrays import Floats

# Chosen, not measured.
_STEPS = 24  # places across the image
_BORDER = 2  # pixels
_FOOT = 0.1, 0.15  # of the box's height, above and below its lower edge: the ground there is compared
_ROWS = 0.0, 0.06, -0.06  # of the photo's height, from the asked one
_ROW_COST = 1.0  # of likeness, for the whole photo's height
_LEAST_SHIFT = 0.5  # of the object's width, between two places


def find_free_places(
    size: tuple[int, int],
    bottom: int,
    ground: Floats,
    taken: Sequence[Box],
    tokens: Floats,
    shape: tuple[int, ...],
    leaving: Sequence[Box] = (),
) -> list[Box]:
    """Boxes of that size (height, width) with their lower edge near `bottom`, on similar ground; the best come first.

    `ground` is a unit vector of `find_ground`, `tokens` (blocks x rows x columns x d) show the scene. No box is half on
    another, but for a part of a place that the object is `leaving`. The further from the asked height, the more alike
    the ground has to be.
    """
    height, width = size
    if width > shape[1] - 2 * _BORDER:
        return []
    lefts = np.unique(np.linspace(_BORDER, shape[1] - width - _BORDER, _STEPS).astype(int))
    scored: list[tuple[float, Box]] = []
    for step in _ROWS:
        foot = min(bottom + round(step * shape[0]), shape[0] - 1)
        if foot - height < 1:
            continue
        boxes = ((int(left), foot - height, int(left) + width, foot) for left in lefts)
        free = [box for box in boxes if _is_free(box, taken, leaving)]
        scored += [(_likeness(tokens, box, ground, shape) - _ROW_COST * abs(step), box) for box in free]
    chosen: list[Box] = []
    for likeness, box in sorted(scored, reverse=True):
        apart = all(abs(box[0] - other[0]) >= _LEAST_SHIFT * width for other in chosen)
        if likeness >= LEAST_GROUND_LIKENESS and apart:
            chosen.append(box)
    return chosen


def find_ground(tokens: Floats, box: Box, shape: tuple[int, ...]) -> Floats:
    """The mean direction of the tokens around the box's lower edge, a unit vector of d."""
    mean = _foot_tokens(tokens, box, shape).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)


def _likeness(tokens: Floats, box: Box, ground: Floats, shape: tuple[int, ...]) -> float:
    """Cosine of the ground below the box to that ground."""
    return float(find_ground(tokens, box, shape) @ ground)


def _foot_tokens(tokens: Floats, box: Box, shape: tuple[int, ...]) -> Floats:
    """The deepest tokens around the box's lower edge, n x d."""
    rows, columns = tokens.shape[1:3]
    height, width = shape[0] / rows, shape[1] / columns
    above, below = _FOOT
    first = min(rows - 1, int((box[3] - above * (box[3] - box[1])) / height))
    last = min(rows, max(first + 1, round((box[3] + below * (box[3] - box[1])) / height)))
    left = min(columns - 1, int(box[0] / width))
    right = min(columns, max(left + 1, round(box[2] / width)))
    return np.asarray(tokens[-1, first:last, left:right].reshape(-1, tokens.shape[-1]))


def _is_free(box: Box, taken: Sequence[Box], leaving: Sequence[Box]) -> bool:
    size = (box[2] - box[0]) * (box[3] - box[1])
    return all(intersection(box, other) <= MOST_COVERED * size for other in taken) and all(
        intersection(box, other) <= MOST_OF_OLD_PLACE * size for other in leaving
    )
