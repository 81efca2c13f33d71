"""Matting: the opacity of an object's rim, and its own colours there without those of its old background.

In a band along the outline every pixel is a mixture of the object further in and the background further out. Where the
two are hard to tell apart, the outline alone decides.
"""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.imaging.arrays import Flags, Floats

# Chosen, not measured.
_BAND = 0.02  # of the square root of the object's pixels, on either side of its outline
_NARROWEST, _WIDEST = 1.5, 6.0  # pixels of the band
_DISTINCT = 40.0  # RGB distance of object and background from which only the pixel's colour counts
_SOFTENING = 0.7  # pixels, sigma
_LEAST_SPREAD = 1e-4  # weight of known pixels below which a colour is unknown


def estimate_matte(image: RGB, mask: Flags) -> tuple[Floats, RGB]:
    """Opacity (H x W, 0..1) and the object's colours (H x W x 3); the mask has the size of the image.

    The image shows the background around the object; away from the band, mask and colours stay as they are.
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
    own, has_own = _spread_colour(pixels, core, band)
    other, has_other = _spread_colour(pixels, ground, band)
    step = own - other
    length = (step**2).sum(axis=2)
    share = ((pixels - other) * step).sum(axis=2) / np.maximum(length, 1.0)
    by_outline = np.clip(0.5 + (inside - outside) / (2 * band), 0, 1)
    distinct = np.clip(length**0.5 / _DISTINCT, 0, 1) * (has_own & has_other)
    mixed = (distinct * np.clip(share, 0, 1) + (1 - distinct) * by_outline).astype(np.float32)
    blended = cv2.GaussianBlur(mixed, (0, 0), _SOFTENING)
    fading = np.minimum(blended, np.clip(1 - outside / _NARROWEST, 0, 1))
    opacity = np.where(core, 1.0, np.where(ground, 0.0, fading))
    within = has_own & ~core
    mixture = np.where(within[..., None], opacity[..., None] * pixels + (1 - opacity[..., None]) * own, pixels)
    return np.asarray(opacity, np.float32), np.rint(np.clip(mixture, 0, 255)).astype(np.uint8)


def _spread_colour(pixels: Floats, where: Flags, band: float) -> tuple[Floats, Flags]:
    """The mean colour of the flagged pixels near by (H x W x 3), and where there are any (H x W)."""
    weight = where.astype(np.float32)
    spread = cv2.GaussianBlur(weight, (0, 0), band)
    total = cv2.GaussianBlur(pixels * weight[..., None], (0, 0), band)
    return np.asarray(total / np.maximum(spread, 1e-6)[..., None], np.float32), np.asarray(spread > _LEAST_SPREAD)
