"""How opaque an object's rim is, and its own colours there without those of the ground that it was cut from.

In a band along the outline every pixel is a mixture of what the object looks like further in and of what the ground
looks like further out; where the two are hard to tell apart, the outline alone says which it is.
"""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.imaging.arrays import Flags, Floats

_BAND = 0.02  # of the square root of the object's pixels, on either side of its outline
_NARROWEST, _WIDEST = 1.5, 6.0  # pixels
_TELLING = 40.0  # RGB distance of object and ground, at which the pixel's own colour says all that the outline does


def matted(image: RGB, mask: Flags) -> tuple[Floats, RGB]:
    """Opacity (H x W, 0..1) and the object's colours (H x W x 3) of an image and a mask of that size.

    The image shows the ground around the object; away from the band the mask and the colours stay as they are.
    """
    band = float(np.clip(_BAND * mask.sum() ** 0.5, _NARROWEST, _WIDEST))
    padded = np.pad(mask, 1).astype(np.uint8)
    inside, outside = (
        cv2.distanceTransform(side, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1] for side in (padded, 1 - padded)
    )
    core, ground = inside > band, outside > band
    if not core.any():
        core = mask
    pixels = image.astype(np.float32)
    own, ours = _carried(pixels, core, band)
    other, theirs = _carried(pixels, ground, band)
    step = own - other
    length = (step**2).sum(axis=2)
    share = ((pixels - other) * step).sum(axis=2) / np.maximum(length, 1.0)
    drawn = np.clip(0.5 + (inside - outside) / (2 * band), 0, 1)
    told = np.clip(length**0.5 / _TELLING, 0, 1) * (ours & theirs)
    blended = cv2.GaussianBlur((told * np.clip(share, 0, 1) + (1 - told) * drawn).astype(np.float32), (0, 0), 0.7)
    fading = np.minimum(blended, np.clip(1 - outside / _NARROWEST, 0, 1))
    opacity = np.where(core, 1.0, np.where(ground, 0.0, fading))
    within = ours & ~core
    mixture = np.where(within[..., None], opacity[..., None] * pixels + (1 - opacity[..., None]) * own, pixels)
    return np.asarray(opacity, np.float32), np.rint(np.clip(mixture, 0, 255)).astype(np.uint8)


def _carried(pixels: Floats, where: Flags, band: float) -> tuple[Floats, Flags]:
    """The mean colour of the nearest such pixels, and where there are any."""
    weight = where.astype(np.float32)
    spread = cv2.GaussianBlur(weight, (0, 0), band)
    total = cv2.GaussianBlur(pixels * weight[..., None], (0, 0), band)
    return np.asarray(total / np.maximum(spread, 1e-6)[..., None], np.float32), np.asarray(spread > 1e-4)
