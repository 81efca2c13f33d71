"""Objects cut out of a photo and pasted elsewhere with a soft edge, in the light of the new place and with a shadow."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from imgdiff.images import RGB
from services.editing.compositing.matting import estimate_matte
from services.editing.compositing.shadows import cast_shadow, measure_shadow
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import grow, window
from services.imaging.colours import to_lab, to_rgb
from services.imaging.masks import bounds, grow_mask
from services.imaging.resizing import resize

# Tried on photos and judged by eye, not measured.
_ADAPTATION = (0.5, 0.25, 0.25)  # share of the change of light that an object follows, in L, a and b
_MOST_ADAPTATION = 15.0  # Lab units
_MATTE_MARGIN = 24  # pixels around an object that show its background
_RING = 0.15  # of an object's longer side, at least 6 pixels: the surroundings that its light is measured in
_RIM = 2  # pixels around an object that may be a part of it


@dataclass(frozen=True)
class Cutout:
    """An object's pixels in its own box, their opacity (H x W, 0..1), the mean Lab around it, and its shadow.

    `shadow` is the share of light that the ground at its foot lacks, 0..1.
    """

    pixels: RGB
    opacity: Floats
    surroundings: Floats
    shadow: float

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.opacity.shape[0], self.opacity.shape[1]


def cut_out(image: RGB, mask: Flags) -> Cutout:
    """Cut the masked object out of its photo."""
    box = bounds(mask)
    around = grow(box, _MATTE_MARGIN, image.shape)
    opacity, pixels = estimate_matte(image[window(around)], mask[window(around)])
    inner = window((box[0] - around[0], box[1] - around[1], box[2] - around[0], box[3] - around[1]))
    light = _mean_around(image, mask)
    return Cutout(pixels[inner].copy(), opacity[inner].copy(), light, measure_shadow(image, mask))


def scaled_size(cutout: Cutout, factor: float) -> tuple[int, int]:
    """Height and width in pixels of the object after `scale`."""
    return max(2, round(cutout.size[0] * factor)), max(2, round(cutout.size[1] * factor))


def scale(cutout: Cutout, factor: float) -> Cutout:
    """The object, larger or smaller."""
    height, width = scaled_size(cutout, factor)
    interpolation = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    opacity = cv2.resize(cutout.opacity, (width, height), interpolation=interpolation)
    return replace(cutout, pixels=resize(cutout.pixels, height, width), opacity=np.asarray(opacity, np.float32))


def mirror(cutout: Cutout) -> Cutout:
    """The object with left and right swapped."""
    pixels, opacity = np.ascontiguousarray(cutout.pixels[:, ::-1]), np.ascontiguousarray(cutout.opacity[:, ::-1])
    return replace(cutout, pixels=pixels, opacity=opacity)


def paste(image: RGB, cutout: Cutout, left: int, top: int) -> tuple[RGB, Flags]:
    """The image with the object at that place, and the pixels that are the object's; it must fit into the image."""
    height, width = cutout.size
    box = (left, top, left + width, top + height)
    mask = np.zeros(image.shape[:2], np.bool_)
    mask[window(box)] = cutout.opacity > 0.5
    change = np.array(_ADAPTATION, np.float32) * (_mean_around(image, mask) - cutout.surroundings)
    lit = to_rgb(to_lab(cutout.pixels) + np.clip(change, -_MOST_ADAPTATION, _MOST_ADAPTATION))
    opacity = cutout.opacity[..., None]
    result = cast_shadow(image, mask, cutout.shadow)
    under = result[window(box)].astype(np.float32)
    result[window(box)] = np.rint(under + opacity * (lit.astype(np.float32) - under)).astype(np.uint8)
    return result, mask


def _mean_around(image: RGB, mask: Flags) -> Floats:
    """Mean Lab of a ring around the mask."""
    box = bounds(mask)
    wide = max(6, round(_RING * max(box[2] - box[0], box[3] - box[1])))
    place = grow(box, 2 * wide, image.shape)
    inside = mask[window(place)]
    ring = grow_mask(inside, wide) & ~grow_mask(inside, _RIM)
    if not ring.any():
        ring = ~inside if not inside.all() else inside
    return np.asarray(to_lab(image[window(place)])[ring].mean(axis=0), np.float32)
