"""A hole painted over from what surrounds it, by PatchMatch (Barnes et al., 2009) on a bounded window."""

import cv2
import numpy as np
from patchmatch_cython import inpaint_pyramid

from imgdiff.images import RGB
from services.editing.boxes import bounds, widened, window
from services.embedded.masks import Flags
from services.embedded.pixels import resized

LONGEST_SIDE = 512  # PatchMatch takes about 3 s on half of such a window; a larger one is filled smaller
_MOST_MASKED = 0.6


def filled(image: RGB, hole: Flags, avoid: Flags, seed: int) -> RGB:
    """The image with the hole painted over; pixels outside are untouched, none is copied from `avoid`."""
    place = window(widened(bounds(hole), 0.6, 32, image.shape))
    crop, inside = np.ascontiguousarray(image[place]), hole[place]
    masked = inside | avoid[place]
    if masked.mean() > _MOST_MASKED:
        masked = inside
    patch = _painted(crop, masked, seed)
    result = image.copy()
    result[place] = np.where(inside[..., None], patch, crop)
    return result


def _painted(crop: RGB, masked: Flags, seed: int) -> RGB:
    height, width = masked.shape
    scale = LONGEST_SIDE / max(height, width)
    if scale >= 1:
        return np.asarray(inpaint_pyramid(crop.copy(), masked, seed=seed), np.uint8)
    rows, columns = max(16, round(height * scale)), max(16, round(width * scale))
    small = cv2.resize(masked.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA) > 0
    patch = np.asarray(inpaint_pyramid(resized(crop, rows, columns).copy(), small, seed=seed), np.uint8)
    return resized(patch, height, width)
