"""The shadow at an object's foot: how dark it is where the object stands, and casting it where it is put."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import grow, window
from services.imaging.colours import to_lab
from services.imaging.masks import bounds, grow_mask

_LENGTH = 0.08  # of the object's height, below its foot
_FOOT = 0.3  # of its height: what is higher up casts nothing at its foot
_DEEPEST = 0.5
_FAINTEST = 0.05
_OTHER_COLOUR = 12.0  # Lab units: then it is another thing that lies there


def shade(image: RGB, mask: Flags) -> float:
    """What share of its light the ground under the foot of the masked object lacks, beside the ground next to it."""
    box = bounds(mask)
    high, wide = box[3] - box[1], box[2] - box[0]
    place = window(grow(box, max(8, wide // 2, round(2 * _LENGTH * high)), image.shape))
    inside = mask[place]
    under = np.asarray(_under(inside, high) > 0.5) & ~grow_mask(inside, 2)
    beside = ~grow_mask(inside | under, max(3, wide // 10)) & np.any(under, axis=1, keepdims=True)
    if under.sum() < 16 or beside.sum() < 16:
        return 0.0
    lab = to_lab(image[place])
    dark, light = (np.median(lab[where], axis=0) for where in (under, beside))
    if np.linalg.norm(dark[1:] - light[1:]) > _OTHER_COLOUR:
        return 0.0
    lacking = float((light[0] - dark[0]) / max(light[0], 1.0))
    return min(lacking, _DEEPEST) if lacking >= _FAINTEST else 0.0


def shaded(image: RGB, mask: Flags, share: float) -> RGB:
    """The image with that share of its light taken from the ground under the foot of the masked place."""
    if share == 0:
        return image.copy()
    box = bounds(mask)
    high = box[3] - box[1]
    place = window(grow(box, max(4, round(3 * _LENGTH * high)), image.shape))
    weight = share * _under(mask[place], high)
    weight[weight < _FAINTEST / 2] = 0
    result = image.copy()
    result[place] = np.rint(image[place] * (1 - weight[..., None])).astype(np.uint8)
    return result


def _under(inside: Flags, high: int) -> Floats:
    """How far each pixel lies in the shadow of the object's lowest part, 0..1."""
    length = max(1, round(_LENGTH * high))
    foot = inside.copy()
    foot[: max(0, bounds(inside)[3] - round(_FOOT * high))] = False
    lowered = np.zeros(inside.shape, np.float32)
    lowered[length:] = foot[: inside.shape[0] - length]
    return np.asarray(cv2.GaussianBlur(lowered, (0, 0), max(0.8, length / 2)), np.float32)
