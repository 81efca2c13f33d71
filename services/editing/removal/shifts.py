"""By which shifts other parts of a photo continue what surrounds a hole: of the whole rim and of each part of it.

The rim tells which shifts are worth trying (cf. He and Sun, 2012, who take those that are frequent in the photo).
"""

from collections.abc import Iterator

import cv2
import numpy as np

from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import grow, window
from services.imaging.masks import bounds, grow_mask

Shift = tuple[int, int]
"""Columns and rows from the hole to what covers it."""
RIM = 5
TILT = 12.0  # Lab units that a shift of the photo's whole height costs: what is higher up is further away
_SECTORS = 8
_OF_THE_WHOLE, _OF_A_SECTOR = 6, 4
_LEAST_RIM = 12


def candidates(lab: Floats, hole: Flags, blocked: Flags, tilt: float = TILT) -> list[Shift]:
    """Shifts that fit the rim of the hole best, those of the whole rim first; none without a rim.

    `lab` is H x W x 3, `blocked` (the hole among them) are pixels that nothing may be taken from.
    """
    rim = grow_mask(hole, RIM) & ~hole & ~blocked
    found: dict[Shift, None] = {}
    for part, most in _parts(rim, hole):
        if part.sum() >= _LEAST_RIM:
            found.update(dict.fromkeys(_best(lab, part, grow_mask(part, 2 * RIM) & hole, blocked, most, tilt)))
    return list(found)


def _parts(rim: Flags, hole: Flags) -> Iterator[tuple[Flags, int]]:
    """The whole rim, and sectors of it that overlap by half, seen from the hole's middle."""
    yield rim, _OF_THE_WHOLE
    box = bounds(hole)
    y, x = np.ogrid[: rim.shape[0], : rim.shape[1]]
    across = (x - (box[0] + box[2]) / 2) / (box[2] - box[0])
    down = (y - (box[1] + box[3]) / 2) / (box[3] - box[1])
    angle = np.arctan2(down, across)
    for sector in range(_SECTORS):
        middle = 2 * np.pi * sector / _SECTORS
        apart = np.abs((angle - middle + np.pi) % (2 * np.pi) - np.pi)
        yield rim & (apart <= 2 * np.pi / _SECTORS), _OF_A_SECTOR


def _best(lab: Floats, part: Flags, inside: Flags, blocked: Flags, most: int, tilt: float) -> list[Shift]:
    """The shifts with the least difference at that part of the rim whose source is free there."""
    box = grow(bounds(part | inside), 1, part.shape)
    piece, weight = lab[window(box)], part[window(box)].astype(np.float32)
    cost = cv2.matchTemplate(lab, piece, cv2.TM_SQDIFF, mask=np.repeat(weight[..., None], 3, axis=2))
    needed = (part | inside)[window(box)].astype(np.float32)
    taken = cv2.matchTemplate(blocked.astype(np.float32), needed, cv2.TM_CCORR) / needed.sum()
    rows = np.abs(np.arange(cost.shape[0]) - box[1])[:, None] / part.shape[0]
    cost = np.sqrt(np.maximum(cost, 0) / weight.sum()) + tilt * rows
    cost[taken > 0.05] = np.inf
    near = max(2, min(box[2] - box[0], box[3] - box[1]) // 8)
    found: list[Shift] = []
    for _ in range(most):
        row, column = (int(value) for value in np.unravel_index(int(np.argmin(cost)), cost.shape))
        if not np.isfinite(cost[row, column]):
            break
        found.append((column - box[0], row - box[1]))
        cost[max(0, row - near) : row + near + 1, max(0, column - near) : column + near + 1] = np.inf
    return found
