"""Objects cut out of a photo and pasted elsewhere with a soft edge, in the light of the new place and with shadow."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from services.editing.compositing.matting import matted
from services.editing.compositing.shadows import shade, shaded
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import grow, window
from services.imaging.colours import to_lab, to_rgb
from services.imaging.masks import bounds, grow_mask
from services.imaging.resizing import resize

_LIGHT = (0.5, 0.25, 0.25)  # how far an object follows its new surroundings in lightness, a and b
_LARGEST_SHIFT = 15.0
_GROUND = 24  # pixels around an object, to tell its rim from the ground


@dataclass(frozen=True)
class Cutout:
    """An object's pixels in its own box, how opaque each is (0..1), the mean Lab of what was around it, and its shadow.

    `shade` is the share of light that the ground at its foot lacks, 0..1.
    """

    pixels: RGB
    opacity: Floats
    surroundings: Floats
    shade: float

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.opacity.shape[0], self.opacity.shape[1]


def cut_out(image: RGB, mask: Flags) -> Cutout:
    """The masked object."""
    box = bounds(mask)
    around = grow(box, _GROUND, image.shape)
    opacity, pixels = matted(image[window(around)], mask[window(around)])
    inner = window((box[0] - around[0], box[1] - around[1], box[2] - around[0], box[3] - around[1]))
    light = surroundings(image, mask)
    return Cutout(pixels[inner].copy(), opacity[inner].copy(), light, shade(image, mask))


def scaled(cutout: Cutout, factor: float) -> Cutout:
    """The object larger or smaller."""
    height, width = (max(2, round(side * factor)) for side in cutout.size)
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    opacity = cv2.resize(cutout.opacity, (width, height), interpolation=way)
    return replace(cutout, pixels=resize(cutout.pixels, height, width), opacity=np.asarray(opacity, np.float32))


def mirrored(cutout: Cutout) -> Cutout:
    """The object turned to the other side."""
    pixels, opacity = np.ascontiguousarray(cutout.pixels[:, ::-1]), np.ascontiguousarray(cutout.opacity[:, ::-1])
    return replace(cutout, pixels=pixels, opacity=opacity)


def pasted(image: RGB, cutout: Cutout, left: int, top: int) -> tuple[RGB, Flags]:
    """The image with the object at that place, and the pixels that are the object's; it must fit inside."""
    height, width = cutout.size
    box = (left, top, left + width, top + height)
    mask = np.zeros(image.shape[:2], np.bool_)
    mask[window(box)] = cutout.opacity > 0.5
    move = np.array(_LIGHT, np.float32) * (surroundings(image, mask) - cutout.surroundings)
    lit = to_rgb(to_lab(cutout.pixels) + np.clip(move, -_LARGEST_SHIFT, _LARGEST_SHIFT))
    opacity = cutout.opacity[..., None]
    result = shaded(image, mask, cutout.shade)
    under = result[window(box)].astype(np.float32)
    result[window(box)] = np.rint(under + opacity * (lit.astype(np.float32) - under)).astype(np.uint8)
    return result, mask


def surroundings(image: RGB, mask: Flags) -> Floats:
    """Mean Lab of a ring around the mask."""
    box = bounds(mask)
    wide = max(6, round(0.15 * max(box[2] - box[0], box[3] - box[1])))
    place: Box = grow(box, 2 * wide, image.shape)
    inside = mask[window(place)]
    ring = grow_mask(inside, wide) & ~grow_mask(inside, 2)
    if not ring.any():
        ring = ~inside if not inside.all() else inside
    return np.asarray(to_lab(image[window(place)])[ring].mean(axis=0), np.float32)
