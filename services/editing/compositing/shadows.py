"""The shadow at an object's foot: measured in the object's photo, and cast where the object is pasted."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import grow, window
from services.imaging.colours import to_lab
from services.imaging.masks import bounds, grow_mask

# Tried on photos and judged by eye, not measured.
_LENGTH = 0.08  # of the object's height, below its foot
_FOOT = 0.3  # of its height: what is higher up casts nothing at its foot
_DEEPEST, _FAINTEST = 0.5, 0.05  # share of light
_OTHER_COLOUR = 12.0  # distance in the a-b plane of Lab, above which it is another thing and no shadow
_LEAST_PIXELS = 16  # of the shadow and of the ground beside it
_RIM = 2  # pixels around an object that may be a part of it


def measure_shadow(image: RGB, mask: Flags) -> float:
    """The share of light, 0..1, that the ground below the masked object's foot lacks, compared with its side."""
    box = bounds(mask)
    high, wide = box[3] - box[1], box[2] - box[0]
    place = window(grow(box, max(8, wide // 2, round(2 * _LENGTH * high)), image.shape))
    inside = mask[place]
    under = np.asarray(_shadow_weight(inside, high) > 0.5) & ~grow_mask(inside, _RIM)
    beside = ~grow_mask(inside | under, max(3, wide // 10)) & np.any(under, axis=1, keepdims=True)
    if under.sum() < _LEAST_PIXELS or beside.sum() < _LEAST_PIXELS:
        return 0.0
    lab = to_lab(image[place])
    dark, light = (np.median(lab[where], axis=0) for where in (under, beside))
    if np.linalg.norm(dark[1:] - light[1:]) > _OTHER_COLOUR:
        return 0.0
    lacking = float((light[0] - dark[0]) / max(light[0], 1.0))
    return min(lacking, _DEEPEST) if lacking >= _FAINTEST else 0.0


def cast_shadow(image: RGB, mask: Flags, share: float) -> RGB:
    """A copy of the image in which the ground below the masked object's foot lacks that share of its light, 0..1."""
    if share == 0:
        return image.copy()
    box = bounds(mask)
    high = box[3] - box[1]
    place = window(grow(box, max(4, round(3 * _LENGTH * high)), image.shape))
    weight = share * _shadow_weight(mask[place], high)
    weight[weight < _FAINTEST / 2] = 0
    result = image.copy()
    result[place] = np.rint(image[place] * (1 - weight[..., None])).astype(np.uint8)
    return result


def _shadow_weight(inside: Flags, high: int) -> Floats:
    """How far each pixel is in the shadow of the object's lowest part, 0..1 (H x W)."""
    length = max(1, round(_LENGTH * high))
    foot = inside.copy()
    foot[: max(0, bounds(inside)[3] - round(_FOOT * high))] = False
    lowered = np.zeros(inside.shape, np.float32)
    lowered[length:] = foot[: inside.shape[0] - length]
    return np.asarray(cv2.GaussianBlur(lowered, (0, 0), max(0.8, length / 2)), np.float32)
