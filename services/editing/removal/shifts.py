"""Shifts by which other parts of a photo continue the surroundings of a hole: of its whole rim and of sectors of it.

The rim decides which shifts are tried; He and Sun (2012) take those that are frequent in the photo.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import grow, window
from services.imaging.masks import bounds, grow_mask

Shift = tuple[int, int]
"""Columns and rows from the hole to its source."""
RIM = 5
"""Width in pixels of the rim that a shift has to continue; chosen, not measured."""
HEIGHT_COST = 12.0
"""Lab units for a shift by the photo's whole height, since what is higher up is further away; chosen, not measured."""
# Chosen, not measured.
_SECTORS = 8  # of the rim, overlapping
_SHIFTS_OF_RIM, _SHIFTS_OF_SECTOR = 6, 4  # at most
_LEAST_RIM = 12  # pixels of a sector
_MOST_BLOCKED = 0.05  # share of a source


def find_shifts(lab: Floats, hole: Flags, blocked: Flags, height_cost: float = HEIGHT_COST) -> list[Shift]:
    """The shifts that fit the rim of the hole best, those of the whole rim first; none without a rim.

    `lab` is H x W x 3. `blocked` are the pixels that nothing may be taken from, the hole included.
    """
    rim = grow_mask(hole, RIM) & ~hole & ~blocked
    found: dict[Shift, None] = {}
    for part, most in _split_rim(rim, hole):
        if part.sum() >= _LEAST_RIM:
            inside = grow_mask(part, 2 * RIM) & hole
            found.update(dict.fromkeys(_match(lab, part, inside, blocked, most, height_cost)))
    return list(found)


def _split_rim(rim: Flags, hole: Flags) -> Iterator[tuple[Flags, int]]:
    """The whole rim, then overlapping sectors of it around the hole's centre, with the number of shifts of each."""
    yield rim, _SHIFTS_OF_RIM
    box = bounds(hole)
    y, x = np.ogrid[: rim.shape[0], : rim.shape[1]]
    across = (x - (box[0] + box[2]) / 2) / (box[2] - box[0])
    down = (y - (box[1] + box[3]) / 2) / (box[3] - box[1])
    angle = np.arctan2(down, across)
    for sector in range(_SECTORS):
        middle = 2 * np.pi * sector / _SECTORS
        apart = np.abs((angle - middle + np.pi) % (2 * np.pi) - np.pi)
        yield rim & (apart <= 2 * np.pi / _SECTORS), _SHIFTS_OF_SECTOR


def _match(lab: Floats, part: Flags, inside: Flags, blocked: Flags, most: int, height_cost: float) -> list[Shift]:
    """The shifts with the least difference at that part of the rim whose source is not blocked."""
    box = grow(bounds(part | inside), 1, part.shape)
    piece, weight = lab[window(box)], part[window(box)].astype(np.float32)
    cost = cv2.matchTemplate(lab, piece, cv2.TM_SQDIFF, mask=np.repeat(weight[..., None], 3, axis=2))
    needed = (part | inside)[window(box)].astype(np.float32)
    taken = cv2.matchTemplate(blocked.astype(np.float32), needed, cv2.TM_CCORR) / needed.sum()
    rows = np.abs(np.arange(cost.shape[0]) - box[1])[:, None] / part.shape[0]
    cost = np.sqrt(np.maximum(cost, 0) / weight.sum()) + height_cost * rows
    cost[taken > _MOST_BLOCKED] = np.inf
    near = max(2, min(box[2] - box[0], box[3] - box[1]) // 8)
    found: list[Shift] = []
    for _ in range(most):
        row, column = (int(value) for value in np.unravel_index(int(np.argmin(cost)), cost.shape))
        if not np.isfinite(cost[row, column]):
            break
        found.append((column - box[0], row - box[1]))
        cost[max(0, row - near) : row + near + 1, max(0, column - near) : column + near + 1] = np.inf
    return found
