"""A hole covered by one other part of the photo: the shift whose rim fits best, its light bent to the hole's rim.

One whole piece keeps texture and straight lines sharp where patch averaging smears them (cf. He and Sun, 2012, on
dominant offsets; Farbman et al., 2009, on bending a clone's light by its rim).
"""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.editing.boxes import bounds, grown, widened, window
from services.embedded.masks import Flags
from services.embedded.pixels import Floats, lab_of

_LONGEST_SIDE = 480
_RIM = 6
_TILT = 12.0  # Lab units that a shift of the photo's whole height costs: what is higher up is further away
_REACH = 2.0


def cloned(image: RGB, hole: Flags, avoid: Flags) -> RGB | None:
    """The image with the hole covered; None when no free part of the surroundings is as large as the hole."""
    around = widened(bounds(hole), _REACH, 48, image.shape)
    shift = _best_shift(image[window(around)], hole[window(around)], avoid[window(around)])
    if shift is None:
        return None
    box = widened(bounds(hole), 0, 2 * _RIM, image.shape)
    here = window(box)
    moved = _shifted(image, box, shift)
    bend = _spread((image[here].astype(np.float32) - moved), grown(hole[here], 2) & ~hole[here])
    patch = np.rint(np.clip(moved + bend, 0, 255)).astype(np.uint8)
    result = image.copy()
    result[here] = np.where(hole[here][..., None], patch, image[here])
    return result


def _best_shift(crop: RGB, hole: Flags, avoid: Flags) -> tuple[int, int] | None:
    """Columns and rows from the hole to the part that covers it best."""
    scale = min(1.0, _LONGEST_SIDE / max(hole.shape))
    size = max(8, round(hole.shape[1] * scale)), max(8, round(hole.shape[0] * scale))
    small = lab_of(np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8))
    gap = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    blocked = gap | (cv2.resize(avoid.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0)
    box = widened(bounds(gap), 0, _RIM, gap.shape)
    piece, inside = small[window(box)], gap[window(box)]
    rim = (grown(inside, _RIM) & ~inside & ~blocked[window(box)]).astype(np.float32)
    if not rim.any():
        return None
    weights = np.repeat(rim[..., None], 3, axis=2)
    cost = cv2.matchTemplate(small, piece, cv2.TM_SQDIFF, mask=weights) / rim.sum()
    covered = cv2.matchTemplate(blocked.astype(np.float32), inside.astype(np.float32), cv2.TM_CCORR)
    rows = np.abs(np.arange(cost.shape[0]) - box[1])[:, None] / gap.shape[0]
    cost = np.where(covered < 0.5, np.sqrt(np.maximum(cost, 0)) + _TILT * rows, np.inf)
    row, column = np.unravel_index(int(np.argmin(cost)), cost.shape)
    if not np.isfinite(cost[row, column]):
        return None
    return round((int(column) - box[0]) / scale), round((int(row) - box[1]) / scale)


def _shifted(image: RGB, box: tuple[int, int, int, int], shift: tuple[int, int]) -> Floats:
    """The pixels of the box moved by the shift, those beyond the border repeated from it."""
    columns = np.clip(np.arange(box[0], box[2]) + shift[0], 0, image.shape[1] - 1)
    rows = np.clip(np.arange(box[1], box[3]) + shift[1], 0, image.shape[0] - 1)
    return image[rows[:, None], columns[None]].astype(np.float32)


def _spread(values: Floats, known: Flags) -> Floats:
    """Values of the known pixels carried smoothly to all others: averaged down a pyramid, filled in on the way up."""
    weight = known.astype(np.float32)
    total = values * weight[..., None]
    if min(known.shape) <= 2:
        mean = total.sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6)
        return np.asarray(np.where(known[..., None], values, mean), np.float32)
    half = ((known.shape[1] + 1) // 2, (known.shape[0] + 1) // 2)
    less_weight = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)
    less = cv2.resize(total, half, interpolation=cv2.INTER_AREA) / np.maximum(less_weight, 1e-6)[..., None]
    coarse = _spread(np.asarray(less, np.float32), less_weight > 1e-6)
    up = cv2.resize(coarse, known.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.where(known[..., None], values, cv2.GaussianBlur(up, (0, 0), 1.0)), np.float32)
